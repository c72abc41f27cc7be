"""EBGAN: an autoencoder for a critic works in more settings than a classifier does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from math import log
from statistics import fmean, median

import numpy as np

from sparring.apps.bouts import bout
from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import turned
from sparring.core.latent import Normal
from sparring.core.recipe import Builder, Recipe
from sparring.data.protocol import digits8
from sparring.metrics.classifier import Judge, frechet_distance, judge
from sparring.metrics.labels import label_entropy
from sparring.nets import autoencoder, dcgan, mlp
from sparring.nets.norm import BatchNorm
from sparring.zoo.ebgan import ebgan
from sparring.zoo.gan import gan

ROUNDS, BATCH, SAMPLES, WIDTH = 400, 64, 500, 64
SLOW, FAST = 2e-4, 1e-3
CRITICS = {depth: mlp.Critic(WIDTH, depth) for depth in (1, 2)}
CODED = {
    depth: autoencoder.Critic(mlp.Critic(WIDTH, depth, outputs=16), mlp.Generator(WIDTH, depth))
    for depth in CRITICS
}
SETTINGS = tuple(product((1, 2), (SLOW, FAST), (BatchNorm(), None)))
"""Hidden layers of the critic, rate of both nets, normalisation of the generator."""


def trial(seed: int) -> Mapping[str, float]:
    """Median Frechet distance, failures, and mean entropy of the labels at the higher rate."""
    referee = judge(digits8().train)

    def outcomes(parent: Recipe, critics: Mapping[int, Builder], pull: float | None = None) -> list[Outcome]:
        rates = (SLOW, FAST) if pull != 0 else (FAST,)
        chosen = [setting for setting in SETTINGS if setting[1] in rates]
        extra = {} if pull is None else {"turns.G.loss.weight": pull, "turns.D.loss.pair.margin": 0.1}
        recipes = (
            turned(
                replace(
                    parent, nets={"G": dcgan.Generator(16, norm), "D": critics[depth]}, latent=Normal(32)
                ),
                {"turns.D.optim.lr": rate, "turns.G.optim.lr": rate, "averages.G.decay": 0.98, **extra},
            )
            for depth, rate, norm in chosen
        )
        return [_outcome(recipe, seed, referee) for recipe in recipes]

    ours, theirs = outcomes(ebgan, CODED, 0.1), outcomes(gan, CRITICS)
    pulled = [found for found, (_, rate, _) in zip(ours, SETTINGS, strict=True) if rate == FAST]
    return {
        "FD": median(distance for distance, _ in ours),
        "gan's FD": median(distance for distance, _ in theirs),
        "failed": _failed(ours),
        "gan's failed": _failed(theirs),
        "entropy": fmean(entropy for _, entropy in pulled),
        "entropy without": fmean(entropy for _, entropy in outcomes(ebgan, CODED, 0.0)),
    }


Outcome = tuple[float, float]
"""Frechet distance to the test digits; entropy of the labels that a judge reads off the samples, in nats."""


def _outcome(recipe: Recipe, seed: int, referee: Judge) -> Outcome:
    data = digits8()
    x = bout(recipe, data.train, ROUNDS, seed, batch=BATCH).samples(SAMPLES).numpy()
    return frechet_distance(referee, x, np.asarray(data.test.x)), label_entropy(referee.predict(x), 10)


def _failed(outcomes: list[Outcome]) -> float:
    """How many settings end with fewer kinds of digits than five equally frequent ones."""
    return float(sum(entropy < log(5) for _, entropy in outcomes))


claim = Claim(
    says="Over eight settings the energy-based game ends nearer the data than a gan, and fails less often",
    data="digits8: 1297 digits to learn from, 500 for the test",
    baseline="gan with an equal generator and encoder; the energy-based game without pulling away",
    trial=trial,
    bounds=(
        AtMost("FD", "gan's FD"),
        AtMost("failed", "gan's failed", plus=-1),
        AtLeast("entropy", "entropy without"),
    ),
    headline="FD",
    against="gan's FD",
    calibrated="thresholds as the card proposes; the setting (margin 0.1, 400 rounds) was not "
    "calibrated; a run has failed whose labels' entropy is below log 5; the pulling away is "
    "compared at the higher rate alone, for time",
    note=(
        "the eight settings are unfinished after 400 rounds: magan, whose nets are alike and whose margin"
        " adapts, comes to a Frechet distance of 7 in 1000 rounds at a rate of 5e-4. The setting was not "
        "calibrated"
    ),
)
