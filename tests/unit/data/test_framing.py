import numpy as np
import pytest
from PIL import Image

from sparring.data.framing import Frame, converted, framed, framed_array, image, parse_frame, pixels


def ramp(height: int, width: int) -> Image.Image:
    """Grey that grows by 4 a column and is even down the rows."""
    return image(np.broadcast_to(4 * np.arange(width, dtype=np.uint8)[None, :, None], (height, width, 1)))


def test_words_become_a_frame() -> None:
    assert parse_frame() == Frame(None, True, None)
    assert parse_frame("16", "none", 3) == Frame((16, 16), False, 3)
    assert parse_frame("8x256") == Frame((8, 256), True, None)


def test_cutting_keeps_the_centre_untouched_where_no_resize_is_needed() -> None:
    seen = pixels(framed(ramp(8, 40), Frame((8, 8))))
    assert seen[0, :, 0].tolist() == [4 * column for column in range(16, 24)]


@pytest.mark.parametrize(("height", "width"), [(20, 60), (60, 20), (33, 47)])
@pytest.mark.parametrize("sides", [(8, 8), (16, 32), (100, 40)])
def test_every_picture_gets_the_size(height: int, width: int, sides: tuple[int, int]) -> None:
    for cut in (True, False):
        assert framed(ramp(height, width), Frame(sides, cut)).size == sides[::-1]


def test_squeezing_keeps_both_ends_and_cutting_loses_them() -> None:
    whole, cut = (pixels(framed(ramp(16, 60), Frame((16, 16), way))) for way in (False, True))
    assert whole.min() < 16
    assert whole.max() > 220
    assert cut.min() > 80
    assert cut.max() < 160


def test_shrinking_does_not_alias() -> None:
    stripes = np.zeros((64, 64, 1), np.uint8)
    stripes[:, ::2] = 255
    seen = pixels(framed(image(stripes), Frame((16, 16))))[2:-2, 2:-2]
    assert np.abs(seen.astype(int) - 127).max() < 10


def test_hidden_colours_do_not_bleed() -> None:
    x = np.zeros((16, 16, 4), np.uint8)
    x[:, :8] = (255, 0, 0, 0)
    x[:, 8:] = (0, 0, 255, 255)
    seen = pixels(framed(image(x), Frame((8, 8))))
    assert seen[..., 0][seen[..., 3] > 8].max() == 0


def test_dropped_alpha_is_laid_over_white() -> None:
    clear = image(np.array([[[0, 0, 0, 0], [0, 0, 0, 255]]], np.uint8))
    assert pixels(converted(clear, 3))[0, :, 0].tolist() == [255, 0]
    assert pixels(converted(clear, 1))[0, :, 0].tolist() == [255, 0]


@pytest.mark.parametrize("before", [1, 2, 3, 4])
@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_any_channels_become_any_others(before: int, after: int) -> None:
    x = np.full((2, 8, 8, before), 200, np.uint8)
    if before in (2, 4):
        x[..., -1] = 255
    seen = framed_array(x, Frame(channels=after))
    assert seen.shape == (2, 8, 8, after)
    assert (seen[..., 0] == 200).all()
    assert after in (1, 3) or (seen[..., -1] == 255).all()


def test_arrays_that_fit_are_not_copied() -> None:
    x = np.zeros((2, 8, 9, 3), np.uint8)
    assert framed_array(x, Frame((8, 9), channels=3)) is x
