"""Strips and sums of latents, by generators whose pictures are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.latent import Normal, Uniform
from sparring.core.pixels import to_uint8
from sparring.inverse.latents import Interpolation
from sparring.plots import style
from sparring.plots.arithmetic import CENTRE, arithmetic, arithmetic_figure
from sparring.plots.strip import smoothness, strip, strips

LATENT = Normal(64)


def drawn(z):
    """A latent's 64 numbers as 8x8 pixels."""
    return (z.float() / 4).view(-1, 1, 8, 8)


def latents(n, seed=0):
    return LATENT.sample(n, torch.Generator().manual_seed(seed))


def test_smoothness_is_one_on_even_steps_and_large_at_a_jump():
    even = np.linspace(0, 1, 32)[:, None]
    assert smoothness(even) == pytest.approx(1)
    assert smoothness((even > 0.5).astype(float)) == pytest.approx(31)
    assert smoothness(np.zeros((32, 4))) == 1
    with pytest.raises(BadInput):
        smoothness(even[:1])


def test_a_strip_shows_the_way_and_measures_it():
    a, b = latents(2)
    for way, middle in ((Interpolation.SPHERE, 1.0), (Interpolation.STRAIGHT, 0.7)):
        found = strip(drawn, LATENT, a, b, way, steps=5)
        assert np.array_equal(found.shown[[0, -1]], to_uint8(drawn(torch.stack([a, b]))))
        assert found.smoothness == pytest.approx(1, abs=0.1)
        assert found.norms[16] == pytest.approx(middle, abs=0.12)
    halves = strip(
        drawn,
        LATENT,
        a,
        b,
        Interpolation.STRAIGHT,
        features=lambda x: (x[:, 0, 0, :1] > x[:, 0, 0, :1].mean()).numpy(),
    )
    assert halves.smoothness > 10


def test_two_rows_a_pair_and_a_curve():
    figure = strips(drawn, LATENT, latents(2), latents(2, 1), steps=4)
    assert sum(bool(axes.images) for axes in figure.axes) == 2 * 2 * 4
    assert len(figure.axes[-1].lines) == 5  # four ways and the prior's length
    assert style.image(figure).width == 800
    with pytest.raises(BadInput, match="pictures"):
        strip(lambda z: z, LATENT, *latents(2), Interpolation.SPHERE)


def test_sums_of_latents():
    a, b, c = (latents(3, seed) for seed in range(3))
    found = arithmetic(drawn, LATENT, a, b, c)
    y = (a.mean(0) - b.mean(0) + c.mean(0))[None]
    assert np.array_equal(found.sheet[CENTRE], to_uint8(drawn(y))[0])
    assert np.array_equal(found.pixels[0], found.sheet[CENTRE])  # `drawn` is linear
    near = to_uint8(drawn(y - 0.25)).astype(int), to_uint8(drawn(y + 0.25)).astype(int)
    others = np.delete(found.sheet, CENTRE, 0).astype(int)
    assert ((near[0] <= others) & (others <= near[1])).all()
    assert len(np.unique(others, axis=0)) == 8
    assert np.array_equal(found.examples[1], to_uint8(drawn(b)))
    spread = [x.astype(float).std() for x in (found.rescaled_means, found.means)]
    assert spread[0] / spread[1] == pytest.approx(1 / 0.58, rel=0.1)


def test_a_curved_generator_is_not_its_pixels():
    a, b, c = (latents(3, seed) for seed in range(3))
    found = arithmetic(lambda z: (drawn(z) * 8).tanh(), LATENT, a, b, c)
    assert not np.array_equal(found.pixels[0], found.sheet[CENTRE])
    figure = arithmetic_figure(found, ("x", "y", "z"))
    assert sum(bool(axes.images) for axes in figure.axes) == 3 * 3 + 6 + 18 + 2


def test_latents_of_another_prior_are_refused():
    with pytest.raises(BadInput, match="three kinds"):
        arithmetic(drawn, Uniform(63), latents(3), latents(3), latents(3))
