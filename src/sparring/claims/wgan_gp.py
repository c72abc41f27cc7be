"""WGAN-GP: with the penalty in place of clipping the game reaches more modes and a lower distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import set_knobs
from sparring.core.latent import Normal
from sparring.core.recipe import Builder
from sparring.data.sources import dataset
from sparring.data.toys import grid25_modes, mixture
from sparring.engine.short import train_in_memory
from sparring.metrics.distances import energy_distance
from sparring.metrics.modes import mode_score
from sparring.nets.families.mlp import Discriminator, Generator
from sparring.zoo.wgan import wgan
from sparring.zoo.wgan_gp import wgan_gp

ROUNDS, BATCH, SAMPLES = 2600, 128, 2500
NETS: dict[str, Builder] = {"G": Generator(64, 3), "D": Discriminator(64, 3)}
ADAM = {f"turns.{turn}.optim.{knob}": v for turn in "DG" for knob, v in (("lr", 7e-3), ("betas", (0.5, 0.9)))}

ours = set_knobs(
    replace(wgan_gp, latent=Normal(2)), ADAM | {"turns.D.loss.weight": 0.1, "averages.G.decay": 0.99}
)
theirs = set_knobs(
    replace(wgan, latent=Normal(2)),
    {
        "turns.D.optim.lr": 5e-4,
        "turns.G.optim.lr": 5e-4,
        "turns.D.after.bound": 0.03,
        "averages.G.decay": 0.99,
    },
)


def trial(seed: int) -> Mapping[str, float]:
    """Train WGAN-GP and WGAN on a grid of 25 Gaussians and return modes and distances.

    "wgan_gp modes" and "wgan modes" count the Gaussians that 2500 samples reach. "wgan_gp distance" and "wgan
    distance" are the energy distances of these samples to 2500 fresh points, in the data's unit. `seed`
    decides the initial weights, the data order and the noise of the training.
    """
    data, numbers = dataset("grid25"), {}
    real = mixture(grid25_modes(), 0.05, SAMPLES, seed=1).x  # not the training sample
    for name, recipe in {"wgan_gp": ours, "wgan": theirs}.items():
        fakes = train_in_memory(recipe, data, ROUNDS, seed, batch=BATCH, nets=NETS).samples(SAMPLES).numpy()
        numbers[f"{name} modes"] = float(mode_score(fakes, grid25_modes(), 0.05).modes)
        numbers[f"{name} distance"] = energy_distance(fakes, real)
    return numbers


claim = Claim(
    says="with the penalty at least 20 of 25 modes are reached, and the energy distance is below clipping's",
    data="grid25",
    baseline="wgan with the same nets and steps; rate 5e-4, bound 0.03",
    trial=trial,
    bounds=(AtLeast("wgan_gp modes", 20), AtMost("wgan_gp distance", "wgan distance")),
    headline="wgan_gp distance",
    baseline_number="wgan distance",
    calibrated=(
        "as the card proposes; weight and betas of the authors' toy script, but a rate of 7e-3 "
        "for its 1e-4 and 100 000 rounds; the averages' decay is 0.99 for both.  The "
        "baseline's rate and bound were chosen among three with two-layer nets and not again for these"
    ),
)
