import numpy as np
import pytest

from sparring.data import scenes as module
from sparring.data.scenes import BACKGROUND, SHAPES, scenes, shapes

AREA = {
    "disc": np.pi * 0.81,
    "square": 1.96,
    "triangle": 27**0.5 / 4,
    "cross": 4 * (2 * 0.92 * 0.32 - 0.32**2),
}
"""Of each shape in the unit circle: pi r^2, a side squared, a regular triangle, two bars less the middle."""


def covered(x: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Each picture's share of pixels, (n,), that the shape covers, from its brightest channel."""
    top = colour.argmax(1)
    one = np.take_along_axis(x.astype(float), top[:, None, None, None], 3)[..., 0]
    return ((one - BACKGROUND) / (colour.max(1)[:, None, None] - BACKGROUND)).mean((1, 2))


@pytest.mark.parametrize("size", [(32, 32), (48, 64)])
def test_factors_tell_area_and_place(size: tuple[int, int]) -> None:
    found = scenes(200, 1, size)
    unit = np.array(list(AREA.values()))[found.shape]
    area = unit * (found.scale * min(size)) ** 2 / (size[0] * size[1])
    assert np.abs(covered(found.x, found.colour) / area - 1).max() < 0.06
    ink = np.abs(found.x.astype(float) - BACKGROUND).sum(3)
    across = (ink * (np.arange(size[1]) + 0.5)).sum((1, 2)) / ink.sum((1, 2))
    down = (ink * (np.arange(size[0])[:, None] + 0.5)).sum((1, 2)) / ink.sum((1, 2))
    assert np.abs(across - found.centre[:, 0] * size[1]).max() < 0.5
    assert np.abs(down - found.centre[:, 1] * size[0]).max() < 0.5


def test_rotation_turns_clockwise() -> None:
    found = scenes(300, 2, (64, 64))
    triangle = list(SHAPES).index("triangle")
    for index in np.flatnonzero(found.shape == triangle)[:20]:
        ink = np.abs(found.x[index].astype(float) - BACKGROUND).sum(2) > 60
        down, across = np.nonzero(ink)
        place = np.stack([across, down], 1) + 0.5 - found.centre[index] * 64
        tips = found.rotation[index] - np.pi / 2 + np.arange(3) * 2 * np.pi / 3
        far = place[np.hypot(*place.T).argmax()]
        turn = np.arctan2(far[1], far[0])
        assert np.abs(np.angle(np.exp(1j * (turn - tips)))).min() < 0.2


def test_edges_are_antialiased_and_hues_are_true() -> None:
    found = scenes(100, 0)
    assert len(np.unique(found.x[0, ..., found.colour[0].argmax()])) > 5
    middle = (found.centre * 32).astype(int)
    seen = found.x[np.arange(100), middle[:, 1], middle[:, 0]]
    assert np.abs(seen - found.colour).max() <= 0.5
    red = np.abs(found.hue - 0.5) > 0.45
    assert red.any()
    assert (found.colour[red].argmax(1) == 0).all()


def test_seed_decides_and_size_does_not_change_the_scene() -> None:
    one, same, large, other = scenes(20, 5), scenes(20, 5), scenes(20, 5, (64, 64)), scenes(20, 6)
    assert np.array_equal(one.x, same.x)
    assert np.array_equal(one.centre, large.centre)
    assert not np.array_equal(one.x, other.x)
    halved = large.x.reshape(20, 32, 2, 32, 2, 3).mean((2, 4))
    assert np.abs(halved - one.x).mean() < 1


def test_the_set_is_drawn_at_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COUNT", 12)
    found = shapes((16, 24))
    assert found.x.shape == (12, 16, 24, 3)
    assert found.classes == tuple(SHAPES)
