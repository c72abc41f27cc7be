"""Blending by a spline under tension."""

from __future__ import annotations

import numpy as np
import pytest

from sparring.inverse.blend.poisson import poisson
from sparring.inverse.blend.spline import Spline
from sparring.inverse.masks import masks

SPLINES = [Spline(), Spline(0.5, 0.0), Spline(1.0, 10.0), Spline(0.0, 30.0)]


def scene(channels=1, height=11, width=13, n=3):
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (n, height, width, channels)).astype(np.uint8)
    return pictures, random.random((n, height, width, channels)) * 255


@pytest.mark.parametrize("spec", ["centre", "half", "random:0.8", "pattern:0.3"])
@pytest.mark.parametrize("channels", [1, 3])
def test_without_tension_it_is_poisson_blending(spec, channels):
    pictures, generated = scene(channels)
    missing = masks(spec, 3, 11, 13, 0)
    np.testing.assert_array_equal(
        Spline()(pictures, generated, missing), poisson(pictures, generated, missing)
    )


@pytest.mark.parametrize("blend", SPLINES)
def test_known_pixels_stay_and_the_truth_stays_the_truth(blend):
    pictures, generated = scene(3)
    missing = masks("pattern:0.3", 3, 11, 13, 0)
    out = blend(pictures, generated, missing)
    np.testing.assert_array_equal(out[~missing], pictures[~missing])
    np.testing.assert_array_equal(blend(pictures, pictures.astype(float), missing), pictures)


@pytest.mark.parametrize("stiffness", [0.0, 5.0])
def test_a_constant_error_is_no_colour_cast_without_decay(stiffness):
    truth = np.tile(np.linspace(60, 180, 13), (2, 11, 1))[..., None].astype(np.uint8)
    missing = masks("centre", 2, 11, 13, 0)
    out = Spline(0.0, stiffness)(truth, truth.astype(float) + 25, missing)
    np.testing.assert_array_equal(out, truth)


def test_it_makes_its_energy_least():
    pictures, generated = scene(1, 6, 7, 1)
    missing = masks("random:0.5", 1, 6, 7, 0)
    decay, stiffness = 0.7, 3.0

    def energy(e):
        down, across = np.diff(e, axis=0), np.diff(e, axis=1)
        laplace = np.zeros_like(e)
        laplace[:-1] -= down
        laplace[1:] += down
        laplace[:, :-1] -= across
        laplace[:, 1:] += across
        squares = (down**2).sum() + (across**2).sum()
        return decay**2 * (e**2).sum() + squares + stiffness * (laplace**2).sum()

    hole = missing[0]
    error = np.where(hole, 0.0, pictures[0, ..., 0] - generated[0, ..., 0])
    base, (rows, columns) = energy(error), np.nonzero(hole)
    # The energy is quadratic: its slope and curvature follow from differences, exactly.
    unit = [np.eye(1, 42, r * 7 + c).reshape(6, 7) for r, c in zip(rows, columns, strict=True)]
    plus = np.array([energy(error + u) for u in unit])
    slope = np.array([(energy(error + u) - energy(error - u)) / 2 for u in unit])
    curve = np.array([[energy(error + u + v) - p - q + base for v, q in zip(unit, plus, strict=True)]
                      for u, p in zip(unit, plus, strict=True)])  # fmt: skip
    wanted = generated[0, ..., 0][hole] - np.linalg.solve(curve, slope)
    out = Spline(decay, stiffness)(pictures, generated, missing)[0, ..., 0][hole]
    np.testing.assert_array_equal(out, np.clip(np.rint(wanted), 0, 255))


def test_decay_keeps_errors_near_the_rim():
    truth = np.full((1, 33, 33, 1), 100, np.uint8)
    missing = masks("centre", 1, 33, 33, 0)
    generated = np.full((1, 33, 33, 1), 150.0)
    near, far = Spline(1.0, 0.0)(truth, generated, missing)[0, [8, 16], 16, 0]
    assert near < 135
    assert far == 150
