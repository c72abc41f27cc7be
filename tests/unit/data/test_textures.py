import numpy as np
import pytest

from sparring.data.scenes import SHAPES, SceneSpec, scenes
from sparring.data.textures import (
    CLASSES,
    DARK,
    LAYOUT,
    SHADE,
    TEXTURE_COLOURS,
    read_layouts,
    read_textures,
    translations,
)


@pytest.mark.parametrize("size", [16, 32])
def test_readers_are_exact_on_true_pictures(size: int) -> None:
    found = translations(100, size, seed=1)
    assert found.layout.shape == found.textured.shape == (100, size, size, 3)
    assert np.array_equal(read_layouts(found.layout), found.classes)
    assert np.array_equal(read_textures(found.textured), found.classes)
    assert set(np.unique(found.classes)) == set(range(len(CLASSES)))


def test_classes_are_those_of_the_scene() -> None:
    found = translations(50, 32, seed=4)
    scene = scenes(50, 4, (32, 32), SceneSpec(count=3, kinds=CLASSES[1:], scale=(0.22, 0.36)))
    names = ("background", *SHAPES)
    for number, name in enumerate(CLASSES):
        assert np.array_equal(found.classes == number, scene.layout == names.index(name))


def test_each_class_has_its_own_texture() -> None:
    """Brightness relative to the class's colour: two tones in the shapes, many in the background's grain."""
    found = translations(200, 32, seed=2)
    for number in range(1, 4):
        bright = found.textured[found.classes == number].astype(float).sum(1) / TEXTURE_COLOURS[number].sum()
        lit = (bright > (DARK + SHADE) / 2).mean()
        assert lit == pytest.approx([0.5, 0.5, 8 / 9][number - 1], abs=0.03)
        assert bright.min() > DARK * SHADE - 0.02
        assert ((bright > DARK + 0.01) & (bright < SHADE - 0.01)).mean() < 0.01
    grain = found.textured[found.classes == 0].astype(float).sum(1) / TEXTURE_COLOURS[0].sum()
    assert ((grain > DARK + 0.01) & (grain < SHADE - 0.01)).mean() > 0.4


def test_places_of_textures_are_random_and_seeds_decide() -> None:
    one, two = translations(40, 32, seed=0), translations(40, 32, seed=0)
    assert np.array_equal(one.textured, two.textured)
    assert not np.array_equal(one.layout, translations(40, 32, seed=1).layout)
    flat = one.classes[:, 0, 0] == 0
    assert len(np.unique(one.textured[flat, 0, 0, 0])) > 5


def test_unpaired_halves_share_no_scene() -> None:
    found = translations(11, 16)
    both = found.unpaired()
    assert len(both.x) == 10
    assert both.y.tolist() == [0] * 5 + [1] * 5
    assert np.array_equal(both.x[:5], found.layout[:5])
    assert np.array_equal(both.x[5:], found.textured[5:10])
    assert np.isin(both.x[:5].reshape(-1, 3).sum(1), LAYOUT.astype(int).sum(1)).all()
