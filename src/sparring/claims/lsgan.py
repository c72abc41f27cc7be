"""LSGAN: without batch norm it finds the ring's modes where the GAN is still far away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sparring.apps.bouts import bout
from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.latent import Normal
from sparring.core.recipe import Recipe
from sparring.data.sources import dataset
from sparring.data.toys import mixture, ring8_modes
from sparring.metrics.distances import energy_distance
from sparring.metrics.modes import mode_score
from sparring.nets.mlp import Critic, Generator
from sparring.zoo.gan import gan
from sparring.zoo.lsgan import lsgan

STD, SAMPLES = 0.02, 2500
ROUNDS, BATCH = 3000, 128
HELD_OUT = 99
"""Seed of data that nobody trains on."""


def trial(seed: int) -> Mapping[str, float]:
    """Modes reached and the energy distance to held-out data, of both."""
    (modes, distance), (gan_modes, gan_distance) = (_score(recipe, seed) for recipe in (lsgan, gan))
    return {
        "modes": modes,
        "gan's modes": gan_modes,
        "distance": distance,
        "gan's distance": gan_distance,
    }


def _score(recipe: Recipe, seed: int) -> tuple[float, float]:
    nets = {"G": Generator(128), "D": Critic(128)}
    played = bout(replace(recipe, latent=Normal(8)), dataset("ring8"), ROUNDS, seed, batch=BATCH, nets=nets)
    x = played.samples(SAMPLES).numpy()
    real = mixture(ring8_modes(), STD, SAMPLES, seed=HELD_OUT).x
    return float(mode_score(x, ring8_modes(), STD).modes), energy_distance(x, real)


claim = Claim(
    says="at its own rate and without batch norm it reaches as many modes as gan, at a smaller distance",
    data="ring8, 3000 rounds",
    baseline="gan, with the same nets, optimiser and rounds",
    trial=trial,
    bounds=(AtLeast("modes", "gan's modes"), AtMost("distance", "gan's distance")),
    headline="distance",
    against="gan's distance",
    calibrated=(
        "as the card proposes, at both recipes' rate of 2e-4, tried for 1500 rounds on one seed (distance "
        "0.09 against 1.24, no mode reached by either).  It is a lead in speed: for 3000 rounds at 5e-4 it "
        "is mixed, and at 1e-3 gan is ahead on both seeds tried (8 and 8 modes, 0.009 and 0.028, against 7 "
        "and 6, 0.045 and 0.161); the targets (-1, 1, 0) do no better than (0, 1, 1)"
    ),
    note=(
        "more modes (6.0 against 3.3), but a larger distance on two seeds of three: the lead at this rate"
        " is one of speed, and gone after 3000 rounds"
    ),
)
