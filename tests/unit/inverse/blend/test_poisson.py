import numpy as np
import pytest

from sparring.core.errors import BadInput
from sparring.inverse.blend.poisson import Feather, pasted, poisson
from sparring.inverse.masks import masks


def pictures(n=3, height=10, width=12, channels=3, low=40, high=200):
    return np.random.default_rng(0).integers(low, high, (n, height, width, channels), np.uint8)


@pytest.mark.parametrize("spec", ["centre", "half", "left", "random:0.8", "pattern:0.25"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_poisson_forgives_a_constant_and_pasting_does_not(spec, channels):
    truth = pictures(channels=channels)
    missing = masks(spec, 3, 10, 12, 0)
    shifted = truth + np.arange(1, channels + 1, dtype=np.uint8) * 9
    damaged = np.where(missing[..., None], 0, truth)
    assert (poisson(damaged, shifted, missing) == truth).all()
    assert (pasted(damaged, shifted, missing) != truth).any()


@pytest.mark.parametrize("blend", [pasted, poisson])
def test_known_pixels_stay_to_the_byte(blend):
    known, generated = pictures(), pictures()[::-1].astype(np.float64) * 1.7 - 60
    missing = masks("pattern:0.5", 3, 10, 12, 0)
    out = blend(known, generated, missing)
    assert out.dtype == np.uint8
    assert (out[~missing] == known[~missing]).all()


def test_flat_gradients_make_the_hole_harmonic():
    known = pictures(1)
    missing = masks("centre", 1, 10, 12, 0)
    exact = poisson(known, np.zeros_like(known), missing)[0].astype(float)
    inside = np.argwhere(missing[0])
    around = np.stack(
        [exact[i - 1, j] + exact[i + 1, j] + exact[i, j - 1] + exact[i, j + 1] for i, j in inside]
    )
    assert np.abs(exact[missing[0]] - around / 4).max() <= 1  # rounding of five bytes


def test_a_picture_without_known_pixels_is_pasted():
    known, generated = pictures(2), pictures(2)[::-1].copy()
    missing = masks("centre", 2, 10, 12, 0)
    missing[0] = True
    assert (poisson(known, generated, missing)[0] == generated[0]).all()


def box(height, width, top, left, tall, wide):
    hole = np.zeros((height, width), bool)
    hole[top : top + tall, left : left + wide] = True
    return hole


BORDERS = {
    "corner": box(40, 52, 0, 0, 15, 20),
    "edge": box(40, 52, 30, 10, 10, 20),
    "across": box(40, 52, 10, 0, 20, 52),
    "several": box(40, 52, 0, 40, 9, 12) | box(40, 52, 5, 3, 6, 9) | box(40, 52, 25, 20, 14, 14),
    "all but one pixel": ~box(40, 52, 20, 20, 1, 1),
    "diagonal": np.eye(40, 52, dtype=bool),
    "ring": box(40, 52, 5, 5, 30, 40) & ~box(40, 52, 12, 15, 10, 10),
}


@pytest.mark.parametrize("name", BORDERS)
def test_no_colour_cast_wherever_the_hole_lies(name):
    truth, hole = pictures(1, 40, 52), BORDERS[name][None]
    damaged = np.where(hole[..., None], 0, truth)
    assert (poisson(damaged, truth + np.array([20.0, -35.0, 5.0]), hole) == truth).all()


def test_a_large_hole_forgives_a_constant_too():
    truth, hole = pictures(1, 300, 310), masks("pattern:0.6", 1, 300, 310, 0)
    damaged = np.where(hole[..., None], 255, truth)
    assert (poisson(damaged, truth.astype(np.int16) - 40, hole) == truth).all()


def test_far_holes_are_blended_as_if_each_were_alone():
    known, generated = pictures(1, 90, 120), pictures(1, 90, 120)[:, ::-1].copy()
    first, second = box(90, 120, 0, 3, 20, 30)[None], box(90, 120, 60, 80, 25, 20)[None]
    both = poisson(known, generated, first | second)
    assert (both[first] == poisson(known, generated, first)[first]).all()
    assert (both[second] == poisson(known, generated, second)[second]).all()


@pytest.mark.parametrize("blend", [poisson, Feather(3)])
def test_batch_mates_with_other_masks_change_nothing(blend):
    known, generated = pictures(5, 30, 30), pictures(5, 30, 30)[::-1].astype(np.float32)
    missing = masks("pattern:0.3", 5, 30, 30, 0)
    missing[4] = missing[0]
    together = blend(known, generated, missing)
    for i in range(5):
        alone = slice(i, i + 1)
        assert (together[alone] == blend(known[alone], generated[alone], missing[alone])).all()


@pytest.mark.parametrize("shape", ["linear", "cosine"])
def test_a_feather_passes_from_the_edge_to_the_generators_own(shape):
    known, generated = np.full((1, 41, 41, 1), 50, np.uint8), np.full((1, 41, 41, 1), 150.0)
    hole = box(41, 41, 10, 10, 21, 21)[None]
    row = Feather(4, shape=shape)(known, generated, hole)[0, 20, :, 0].astype(int)
    assert (row[:10] == 50).all()
    assert (np.diff(row[9:15]) > 0).all()
    assert (row[14:27] == 150).all()
    assert row[12] == {"linear": 110, "cosine": round(100 - 50 * np.cos(0.6 * np.pi))}[shape]


def test_feathers_between_pasting_and_poisson():
    known, generated = pictures(2, 30, 30), pictures(2, 30, 30)[::-1].astype(np.float64)
    missing = masks("pattern:0.4", 2, 30, 30, 0)
    missing[1] = True
    assert (Feather(0)(known, generated, missing) == pasted(known, generated, missing)).all()
    wide = Feather(1e6)(known, generated, missing)
    assert (wide[0] == poisson(known, generated, missing)[0]).all()
    assert (wide[1] == generated[1]).all()
    assert (Feather(5)(known, generated, missing)[~missing] == known[~missing]).all()


@pytest.mark.parametrize("wrong", [{"width": -1}, {"width": float("nan")}, {"shape": "square"}])
def test_a_feather_that_cannot_be_is_refused(wrong):
    with pytest.raises(BadInput, match=r"^feather of [^\n]*$"):
        Feather(**wrong)
