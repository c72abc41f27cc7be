"""R3GAN: with penalties at data and fakes the relativistic game covers all modes and ends closer to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import set_knobs
from sparring.core.latent import Normal
from sparring.core.recipe import Builder
from sparring.data.sources import dataset
from sparring.data.toys import mixture, ring8_modes
from sparring.engine.short import train_in_memory
from sparring.metrics.distances import energy_distance
from sparring.metrics.modes import mode_score
from sparring.nets.families.mlp import Discriminator, Generator
from sparring.zoo.r3gan import r3gan

ROUNDS, SAMPLES = 1500, 2500
NETS: dict[str, Builder] = {"G": Generator(128), "D": Discriminator(128)}

ours = set_knobs(replace(r3gan, latent=Normal(4)), {"turns.D.loss.gamma": 0.1})
theirs = set_knobs(ours, {"turns.D.loss.gamma": 0.0})


def trial(seed: int) -> Mapping[str, float]:
    """Train a relativistic GAN on 8 Gaussians with and without R1 and R2 and return modes and distances.

    "r3gan modes" and, without the penalties, "plain modes" count the Gaussians that 2500 samples reach.
    "r3gan distance" and "plain distance" are the energy distances of these samples to 2500 fresh points, in
    the data's unit. `seed` decides the initial weights, the data order and the noise of the training.
    """
    data, numbers = dataset("ring8"), {}
    real = mixture(ring8_modes(), 0.02, SAMPLES, seed=1).x  # not the training sample
    for name, recipe in {"r3gan": ours, "plain": theirs}.items():
        fakes = train_in_memory(recipe, data, ROUNDS, seed, batch=256, nets=NETS).samples(SAMPLES).numpy()
        numbers[f"{name} modes"] = float(mode_score(fakes, ring8_modes(), 0.02).modes)
        numbers[f"{name} distance"] = energy_distance(fakes, real)
    return numbers


claim = Claim(
    says="with R1 and R2 the relativistic game reaches all 8 modes and a lower energy distance than without",
    data="ring8",
    baseline="the same relativistic game with gamma 0",
    trial=trial,
    bounds=(
        AtLeast("r3gan modes", 8),
        AtLeast("r3gan modes", "plain modes"),
        AtMost("r3gan distance", "plain distance"),
    ),
    headline="r3gan distance",
    baseline_number="plain distance",
    calibrated=(
        "our proposal; gamma is 0.1, for the ring's slopes are steeper than pictures'; 25 modes are beyond "
        "both games in so few rounds"
    ),
)
