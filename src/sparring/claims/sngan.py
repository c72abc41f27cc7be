"""SN-GAN: with a normalised critic the quality depends less on the learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import numpy as np

from sparring.apps.bouts import bout
from sparring.core.claim import AtMost, Claim
from sparring.core.knobs import turned
from sparring.core.recipe import Builder
from sparring.data.protocol import Split, digits8
from sparring.metrics.classifier import Judge, frechet_distance, judge
from sparring.nets.dcgan import Critic, Generator
from sparring.nets.spectral import Spectral
from sparring.zoo.sngan import sngan

RATES = (1e-3, 4e-3, 1.6e-2)
ROUNDS = 400

free = Critic(16, norm=None)


def trial(seed: int) -> Mapping[str, float]:
    """The median over the rates of the Frechet distance to the test digits, of both, and the reals' own."""
    split = digits8()
    expert = judge(split.train)
    critics = {"normalised": Spectral(free), "free": free}
    found = {
        name: [_distance(critic, r, split, expert, seed) for r in RATES] for name, critic in critics.items()
    }
    floor = frechet_distance(expert, np.asarray(split.train.x)[: len(split.test)], np.asarray(split.test.x))
    worst = {f"worst {name}": max(distances) for name, distances in found.items()}
    return {name: median(distances) for name, distances in found.items()} | worst | {"floor": floor}


def _distance(critic: Builder, rate: float, split: Split, expert: Judge, seed: int) -> float:
    recipe = turned(sngan, {"turns.D.optim.lr": rate, "turns.G.optim.lr": rate})
    played = bout(recipe, split.train, ROUNDS, seed, nets={"G": Generator(16), "D": critic})
    return frechet_distance(expert, played.samples(len(split.test)).numpy(), np.asarray(split.test.x))


claim = Claim(
    says="over three learning rates the median Frechet distance is lower with spectral normalisation",
    data="digits8, 500 samples against 500 test digits",
    baseline="the same hinge game with the same critic, not normalised",
    trial=trial,
    bounds=(AtMost("normalised", "free"),),
    headline="normalised",
    against="free",
    calibrated=(
        "of our own proposing, for no card has it; the paper's six settings are cut down to three rates"
    ),
    note=(
        "the free critic does as well or better on every seed; in calibration five steps of D or momentum"
        " 0.9 gave no consistent lead either: a critic this small, drawn with He's weights, seems stable "
        "enough under Adam and the hinge"
    ),
)
