import numpy as np
import pytest

from sparring.core.errors import BadInput
from sparring.data import scenes as module
from sparring.data.scenes import BACKGROUND, SHAPES, TEXTURED, SceneSpec, scenes, shapes

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
    unit = np.array(list(AREA.values()))[found.shape[:, 0]]
    area = unit * (found.scale[:, 0] * min(size)) ** 2 / (size[0] * size[1])
    assert np.abs(covered(found.x, found.colour[:, 0]) / area - 1).max() < 0.06
    assert np.abs(found.mask.mean((1, 2)) / area - 1).max() < 0.25
    assert abs((found.mask.mean((1, 2)) / area).mean() - 1) < 0.01
    ink = np.abs(found.x.astype(float) - BACKGROUND).sum(3)
    across = (ink * (np.arange(size[1]) + 0.5)).sum((1, 2)) / ink.sum((1, 2))
    down = (ink * (np.arange(size[0])[:, None] + 0.5)).sum((1, 2)) / ink.sum((1, 2))
    assert np.abs(across - found.centre[:, 0, 0] * size[1]).max() < 0.5
    assert np.abs(down - found.centre[:, 0, 1] * size[0]).max() < 0.5


def test_rotation_turns_clockwise() -> None:
    found = scenes(300, 2, (64, 64))
    triangle = list(SHAPES).index("triangle")
    for index in np.flatnonzero(found.shape[:, 0] == triangle)[:20]:
        ink = np.abs(found.x[index].astype(float) - BACKGROUND).sum(2) > 60
        down, across = np.nonzero(ink)
        place = np.stack([across, down], 1) + 0.5 - found.centre[index] * 64
        tips = found.rotation[index, 0] - np.pi / 2 + np.arange(3) * 2 * np.pi / 3
        far = place[np.hypot(*place.T).argmax()]
        turn = np.arctan2(far[1], far[0])
        assert np.abs(np.angle(np.exp(1j * (turn - tips)))).min() < 0.2


def test_edges_are_antialiased_and_hues_are_true() -> None:
    found = scenes(100, 0)
    assert len(np.unique(found.x[0, ..., found.colour[0, 0].argmax()])) > 5
    middle = (found.centre[:, 0] * 32).astype(int)
    seen = found.x[np.arange(100), middle[:, 1], middle[:, 0]]
    assert np.abs(seen - found.colour[:, 0]).max() <= 0.5
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


CROWD = SceneSpec(count=4, textured=True)


@pytest.mark.parametrize("size", [(32, 32), (24, 40)])
def test_what_is_nearer_hides_what_is_farther(size: tuple[int, int]) -> None:
    found = scenes(60, 4, size, CROWD)
    assert found.full.shape == (60, 4, *size)
    assert np.array_equal(found.visible[:, 3], found.full[:, 3])
    assert (found.visible <= found.full).all()
    assert np.array_equal(found.visible.sum(1) > 0, found.mask)
    assert found.visible.sum(1).max() == 1
    hidden = (found.full[:, :3] & ~found.visible[:, :3]).sum()
    assert hidden > 0.1 * found.full.sum()


def test_the_layout_holds_the_class_that_is_seen_and_pixels_its_colour() -> None:
    found = scenes(60, 4, (32, 32), CROWD)
    assert np.array_equal(found.layout > 0, found.mask)
    rest = found.x.astype(float).std(3) < 0.5
    assert np.isin(found.x[rest & ~found.mask], np.arange(TEXTURED[0], TEXTURED[1] + 1)).all()
    for column in range(4):
        seen = found.visible[:, column]
        inner = seen & np.stack([np.roll(seen, s, a) for s in (-1, 1) for a in (1, 2)]).all(0)
        picture, down, across = np.nonzero(inner)
        near = np.abs(found.x[picture, down, across] - found.colour[picture, column]).max(1) <= 1
        assert near.mean() > 0.97  # corners of neighbours still touch a few
        assert (found.layout[picture, down, across] == 1 + found.shape[picture, column]).all()


def test_boxes_are_tight() -> None:
    found = scenes(40, 4, (24, 40), CROWD)
    for picture, column in np.ndindex(40, 4):
        left, top, right, bottom = found.box[picture, column]
        mask = found.full[picture, column]
        assert mask[top:bottom, left:right].sum() == mask.sum() > 0
        for side in (mask[top], mask[bottom - 1], mask[:, left], mask[:, right - 1]):
            assert side.any()


def test_a_spec_narrows_the_factors() -> None:
    spec = SceneSpec(kinds=("cross", "disc"), scale=(0.3, 0.3), rotation=(0, 0.1), hue=(0.5, 0.6), spread=0)
    found = scenes(50, 0, (16, 16), spec)
    assert set(found.shape.ravel()) == {0, 3}
    assert np.allclose(found.centre, 0.5)
    assert np.allclose(found.scale, 0.3)
    assert found.rotation.max() <= 0.1
    assert found.hue.min() >= 0.5
    assert found.hue.max() <= 0.6


def test_a_texture_does_not_depend_on_how_many_are_drawn_at_once() -> None:
    few, many = scenes(10, 3, (16, 16), CROWD), scenes(4000, 3, (16, 16), CROWD)
    again = scenes(4000, 3, (16, 16), CROWD)
    assert np.array_equal(many.x, again.x)
    assert not np.array_equal(many.x[0], many.x[3999])
    assert np.unique(few.x[~few.mask][:, 0]).size > 20


@pytest.mark.parametrize(
    "wrong", [{"kinds": ("blob",)}, {"kinds": ()}, {"count": 0}, {"scale": (0.4, 0.2)}, {"spread": 1.5}]
)
def test_what_cannot_be_drawn_is_refused(wrong: dict) -> None:
    with pytest.raises(BadInput):
        SceneSpec(**wrong)
