import numpy as np
import pytest

from sparring.core.errors import BadInput
from sparring.data.colour import distinct
from sparring.data.grid import DARK, LIGHT, cells, grid


def test_tiles_stand_row_by_row_within_white_lines() -> None:
    x = np.stack([np.full((2, 3, 1), level, np.uint8) for level in (10, 20, 30)])
    sheet = grid(x, 2, pad=1, scale=1)
    ten, twenty, thirty, white = 10, 20, 30, 255
    expected = [
        [white] * 9,
        [white, *[ten] * 3, white, *[twenty] * 3, white],
        [white, *[ten] * 3, white, *[twenty] * 3, white],
        [white] * 9,
        [white, *[thirty] * 3, *[white] * 5],
        [white, *[thirty] * 3, *[white] * 5],
        [white] * 9,
    ]
    assert np.array_equal(sheet, np.repeat(np.array(expected, np.uint8)[..., None], 3, 2))


def test_colours_and_enlargement_are_exact() -> None:
    x = np.random.default_rng(0).integers(0, 256, (1, 4, 5, 3), np.uint8)
    sheet = grid(x, 1, pad=0, scale=3)
    assert sheet.shape == (12, 15, 3)
    assert np.array_equal(sheet[1::3, 1::3], x[0])


@pytest.mark.parametrize(("side", "columns"), [(8, 8), (32, 8), (64, 4), (28, 10)])
def test_the_sheet_is_about_600_wide(side: int, columns: int) -> None:
    width = grid(np.zeros((columns, side, side, 1), np.uint8), columns).shape[1]
    assert 400 <= width <= 800


@pytest.mark.parametrize("channels", [2, 4])
def test_transparent_pictures_lie_over_a_board(channels: int) -> None:
    x = np.full((3, 16, 16, channels), 100, np.uint8)
    x[..., -1] = np.array([0, 255, 51])[:, None, None]
    clear, opaque, fifth = np.split(grid(x, 3, pad=0, scale=1), 3, 1)
    assert set(np.unique(clear)) == {LIGHT, DARK}
    assert set(np.unique(opaque)) == {100}
    assert set(np.unique(fifth)) == {round(20 + 0.8 * LIGHT), round(20 + 0.8 * DARK)}


def test_fewer_pictures_than_columns_leave_no_gap() -> None:
    assert grid(np.zeros((2, 8, 8, 1), np.uint8), 9, pad=0, scale=1).shape == (8, 16, 3)


@pytest.mark.parametrize(
    ("x", "columns"),
    [
        (np.zeros((2, 8, 8, 1), np.float32), 2),
        (np.zeros((2, 8, 8), np.uint8), 2),
        (np.zeros((2, 8, 8, 5), np.uint8), 2),
        (np.zeros((0, 8, 8, 3), np.uint8), 2),
        (np.zeros((2, 8, 8, 3), np.uint8), 0),
    ],
)
def test_what_is_no_set_of_pictures_is_refused(x: np.ndarray, columns: int) -> None:
    with pytest.raises(BadInput):
        grid(x, columns)


def test_cells_are_rows_of_colours_that_name_their_tokens() -> None:
    x = np.array([[0, 1, 2], [2, 2, 0], [1, 0, 0], [5, 1, 1]])
    sheet = cells(x, columns=2, scale=4)
    assert sheet.shape == (2 * 4, 7 * 4, 3)
    small = sheet[2::4, 2::4]
    assert np.array_equal(sheet, small.repeat(4, 0).repeat(4, 1))
    assert (small[:, 3] == 255).all()
    colour = {(token): distinct(np.array([token]))[0].tolist() for token in range(6)}
    assert small[0, :3].tolist() == [colour[0], colour[1], colour[2]]
    assert small[1, 4:].tolist() == [colour[5], colour[1], colour[1]]
    assert len({tuple(c) for c in distinct(np.arange(60)).tolist()}) == 60


def test_what_is_no_tokens_is_refused() -> None:
    for x in (
        np.zeros((2, 3)),
        np.zeros((2, 3, 1), np.int64),
        np.full((2, 2), -1),
        np.zeros((0, 3), np.int64),
    ):
        with pytest.raises(BadInput):
            cells(x)
    with pytest.raises(BadInput):
        cells(np.zeros((2, 3), np.int64), scale=0)
