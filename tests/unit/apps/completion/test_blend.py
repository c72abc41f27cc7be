import numpy as np
import pytest

from sparring.apps.completion import masks, pasted, poisson


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
