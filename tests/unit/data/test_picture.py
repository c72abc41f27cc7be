from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sparring.data.framing import pixels
from sparring.data.picture import UNREADABLE, decode, open_picture

RNG = np.random.default_rng(0)
COLOURS = np.linspace(0, 255, 12 * 16 * 3).astype(np.uint8).reshape(12, 16, 3)
RGB = Image.fromarray(COLOURS)


def read(path: Path) -> np.ndarray:
    return pixels(decode(open_picture(path)))


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "tiff", "webp", "PNG"])
def test_lossless_formats_are_read_exactly(tmp_path: Path, suffix: str) -> None:
    RGB.save(tmp_path / f"a.{suffix}", **({"lossless": True} if suffix == "webp" else {}))
    assert np.array_equal(read(tmp_path / f"a.{suffix}"), COLOURS)


@pytest.mark.parametrize("suffix", ["jpg", "jpeg", "webp"])
def test_lossy_formats_are_read_nearly(tmp_path: Path, suffix: str) -> None:
    RGB.save(tmp_path / f"a.{suffix}", quality=95)
    assert np.abs(read(tmp_path / f"a.{suffix}").astype(int) - COLOURS).mean() < 8


@pytest.mark.parametrize(
    ("mode", "channels"), [("1", 1), ("L", 1), ("LA", 2), ("P", 3), ("RGB", 3), ("RGBA", 4), ("CMYK", 3)]
)
def test_every_mode_becomes_eight_bit(tmp_path: Path, mode: str, channels: int) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    picture = RGB.convert(mode)
    picture.save(path)
    seen = read(path)
    assert seen.shape == (12, 16, channels)
    wanted = picture if channels in (2, 4) else picture.convert({1: "L", 3: "RGB"}[channels])
    assert np.array_equal(seen, pixels(wanted))


def test_a_cmyk_jpeg_keeps_its_colours(tmp_path: Path) -> None:
    Image.new("RGB", (16, 16), (250, 30, 20)).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert np.abs(read(tmp_path / "a.jpg").astype(int) - (250, 30, 20)).max() < 12


def test_transparent_palettes_and_key_colours_become_alpha(tmp_path: Path) -> None:
    palette = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.save(tmp_path / "p.png", transparency=0)
    assert read(tmp_path / "p.png").tolist() == [[[10, 20, 30, 0], [40, 50, 60, 255]]]
    Image.fromarray(np.array([[7, 8]], np.uint8)).save(tmp_path / "l.png", transparency=8)
    assert read(tmp_path / "l.png").tolist() == [[[7, 255], [8, 0]]]
    Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)).save(
        tmp_path / "k.png", transparency=(1, 2, 3)
    )
    assert read(tmp_path / "k.png").tolist() == [[[1, 2, 3, 0], [4, 5, 6, 255]]]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path, suffix: str) -> None:
    deep = np.array([[0, 257, 128 * 257, 65535, 200 * 257 + 128, 200 * 257 + 129]], np.uint16)
    Image.fromarray(deep).save(tmp_path / f"a.{suffix}")
    assert read(tmp_path / f"a.{suffix}").ravel().tolist() == [0, 1, 128, 255, 200, 201]


def test_thirty_two_bits_hold_sixteen_or_all(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 257, 65535]], np.int32)).save(tmp_path / "a.tif")
    assert open_picture(tmp_path / "a.tif").mode == "I"
    assert read(tmp_path / "a.tif").ravel().tolist() == [0, 1, 255]
    Image.fromarray(np.array([[0, 2**30, 2**31 - 1]], np.int32)).save(tmp_path / "b.tif")
    assert read(tmp_path / "b.tif").ravel().tolist() == [0, 64, 127]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(tmp_path: Path, suffix: str, orientation: int) -> None:
    """The stored picture is what a camera held that way writes; upright it must be the same for all eight."""
    scene = np.zeros((32, 48), np.uint8)
    scene[:16, :24], scene[:16, 24:], scene[16:, :24] = 250, 170, 90
    undo = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).T,
        8: lambda a: np.rot90(a, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(undo[orientation](scene))).convert("RGB")
    stored.save(tmp_path / f"a.{suffix}", exif=exif, quality=95)
    seen = read(tmp_path / f"a.{suffix}")
    assert seen.shape == (32, 48, 3)
    corners = seen[[4, 4, 28, 28], [4, 44, 4, 44], 0]
    assert np.abs(corners.astype(int) - (250, 170, 90, 0)).max() < 8


def test_a_large_jpeg_may_be_decoded_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (640, 400), "red").save(tmp_path / "a.jpg")
    assert decode(open_picture(tmp_path / "a.jpg"), 100).size == (160, 100)
    assert decode(open_picture(tmp_path / "a.jpg"), 101).size == (320, 200)
    assert decode(open_picture(tmp_path / "a.jpg")).size == (640, 400)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "tif"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.7])
def test_truncated_files_raise_one_of_the_known_errors(tmp_path: Path, suffix: str, share: float) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(RNG.integers(0, 256, (40, 40, 3), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(UNREADABLE):
        read(path)
