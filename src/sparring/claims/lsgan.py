"""LSGAN: without batch norm it finds the ring's modes where the GAN circles the ring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import set_knobs
from sparring.core.latent import Normal
from sparring.core.recipe import Builder, Recipe
from sparring.data.sources import dataset
from sparring.data.toys import mixture, ring8_modes
from sparring.engine.short import train_in_memory
from sparring.metrics.distances import energy_distance
from sparring.metrics.modes import mode_score
from sparring.nets.families.mlp import Discriminator, Generator
from sparring.zoo.gan import gan
from sparring.zoo.lsgan import lsgan

STD, SAMPLES = 0.02, 2500
ROUNDS, BATCH = 3000, 128
FASTER: Mapping[str, object] = {"turns.G.optim.lr": 4e-4}
"""G at twice D's learning rate, so that D lags behind."""
HELD_OUT = 99
"""Seed of the held-out data."""


def trial(seed: int) -> Mapping[str, float]:
    """Train LSGAN and a GAN on a ring of 8 Gaussians and return modes and distances.

    "modes" and "gan's modes" count the Gaussians that 2500 samples reach. "distance" and "gan's distance" are
    the energy distances of these samples to 2500 held-out points, in the data's unit. In both games G has
    twice the learning rate of D. `seed` decides the initial weights, the data order and the noise of the
    training.
    """
    (modes, distance), (gan_modes, gan_distance) = (_score(recipe, seed) for recipe in (lsgan, gan))
    return {
        "modes": modes,
        "gan's modes": gan_modes,
        "distance": distance,
        "gan's distance": gan_distance,
    }


def _score(recipe: Recipe, seed: int) -> tuple[float, float]:
    nets: dict[str, Builder] = {"G": Generator(128), "D": Discriminator(128)}
    recipe = set_knobs(replace(recipe, latent=Normal(8)), FASTER)
    played = train_in_memory(recipe, dataset("ring8"), ROUNDS, seed, batch=BATCH, nets=nets)
    x = played.samples(SAMPLES).numpy()
    real = mixture(ring8_modes(), STD, SAMPLES, seed=HELD_OUT).x
    return float(mode_score(x, ring8_modes(), STD).modes), energy_distance(x, real)


claim = Claim(
    says="without batch norm, G twice as fast as D, it reaches as many modes as gan, at a smaller distance",
    data="ring8, 3000 rounds",
    baseline="gan, with the same nets, optimiser, rates and rounds",
    trial=trial,
    bounds=(AtLeast("modes", "gan's modes"), AtMost("distance", "gan's distance")),
    headline="distance",
    baseline_number="gan's distance",
    calibrated=(
        "as the card proposes, at the recipes' rate of 2e-4 for D and twice that for G.  A first setting "
        "(2e-4 for both) missed its bounds on seeds 0-2, for gan came closer there on two: at that rate it "
        "settles on some seeds and circles the ring on others (on three of four tried since).  With G twice "
        "as fast gan circled on all four, and lsgan on none.  It is a claim of slow discriminators: "
        "at 1e-3 for "
        "both gan is ahead (8 and 8 modes against 7 and 6)"
    ),
)
