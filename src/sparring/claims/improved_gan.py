"""Improved GAN: data without labels, and fakes, make a better classifier of 50 labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from sparring.apps.bouts import bout
from sparring.core.claim import AtLeast, Claim
from sparring.core.knobs import turned
from sparring.core.latent import Uniform
from sparring.core.recipe import Recipe
from sparring.data.pixels import scaled
from sparring.data.protocol import digits8, labelled
from sparring.nets.classes import Classes
from sparring.nets.dcgan import Critic, Generator
from sparring.zoo.improved_gan import Sort, improved_gan

ROUNDS, LABELS = 1600, 50
NETS = {"G": Generator(64), "D": Classes(Critic(64, norm=None))}

ours = turned(replace(improved_gan, latent=Uniform(50)), {"turns.D.optim.lr": 3e-4, "turns.G.optim.lr": 3e-3})
theirs = replace(ours, turns={"D": replace(ours.turns["D"], loss=Sort(weight=0.0))})
"""The same classifier on the same batches, its loss the cross-entropy alone."""


def trial(seed: int) -> Mapping[str, float]:
    """Test accuracies in per cent; the seed also draws which digits have labels."""
    return {"improved_gan": _accuracy(ours, seed), "supervised": _accuracy(theirs, seed)}


@torch.no_grad()
def _accuracy(recipe: Recipe, seed: int) -> float:
    both = digits8()
    with torch.enable_grad():
        found = bout(recipe, labelled(both.train, LABELS, seed), ROUNDS, seed, batch=100, nets=NETS).shown
    guess = found.D(scaled(torch.from_numpy(both.test.x[:]))).argmax(1)
    return 100 * float((guess == torch.from_numpy(both.test.y)).float().mean())


claim = Claim(
    says="with 50 labels the classifier gains at least 3 points by feature matching on digits without labels",
    data="digits8: 50 labels, 1247 digits without, 500 for the test; every seed draws other labels",
    baseline="the same classifier trained on the 50 labels alone",
    trial=trial,
    bounds=(AtLeast("improved_gan", "supervised", plus=3),),
    headline="improved_gan",
    against="supervised",
    calibrated=(
        "thresholds as the card proposes; D's rate 3e-4, G's ten times that, and 1600 rounds: a first "
        "setting (1e-3 for both, half the width, 800 rounds) missed the gain on seeds 0-2 (5.6, 2.2 and "
        "-0.2)"
    ),
    note=(
        "the gains are 4.6, -1.2 and 4.4 points, in the mean 2.6: it depends on which fifty digits have "
        "labels. In calibration (seeds 10 to 13) 5.4, 7.4, 3.2 and -1.8, and with D at 1e-4 4.8, 5.0, 1.4 "
        "and 1.0; noise in D's layers, a weight of 0.3, 0.5 or 3, a residual or a dense critic and ten "
        "times as many labels in a batch brought no steadier gain"
    ),
)
