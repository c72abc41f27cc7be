import numpy as np
import torch

from sparring.data.grid import cells
from sparring.runs.pictures import as_arrays, sheet


def test_a_line_of_points_is_a_histogram() -> None:
    x = torch.cat([torch.full((300, 1), -2.0), torch.full((100, 1), 3.0)])
    ink = sheet(x)[..., 0] < 100
    assert ink.shape == (240, 240)
    high = ink.sum(0)
    left, right = high[:120], high[120:]
    assert left.argmax() in range(70, 74)  # -2 on [-5, 5]
    assert right.argmax() in range(70, 74)
    assert abs(left.max() / right.max() - 3) < 0.1
    assert ink[-1].sum() == ink.any(0).sum() == 4  # bars stand on the floor


def test_points_far_out_enlarge_the_square() -> None:
    far = torch.linspace(10, 38, 200)[:, None]
    assert (sheet(far)[..., 0] < 100).any()
    near = torch.cat([torch.zeros(99, 1), far[-1:]])  # one stray does not
    assert (sheet(near)[..., 0] < 100).any(0)[118:122].any()
    assert (sheet(near)[..., 0] < 100).any(0).sum() == 2


def test_more_dimensions_are_drawn_by_their_first_two() -> None:
    x = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    assert np.array_equal(sheet(x), sheet(x[:, :2]))
    assert not np.array_equal(sheet(x), sheet(x[:, 1:]))


def test_tokens_are_cells_and_are_kept_as_they_are() -> None:
    x = torch.arange(12).reshape(4, 3)
    assert np.array_equal(sheet(x, scale=2), cells(x.numpy(), scale=2))
    assert as_arrays(x).dtype == np.int64
