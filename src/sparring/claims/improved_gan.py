"""Improved GAN: with 50 labels, unlabelled data and fakes improve the classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch

from sparring.core.claim import AtLeast, Claim
from sparring.core.knobs import optimiser_knobs, set_knobs
from sparring.core.latent import Uniform
from sparring.core.pixels import to_float
from sparring.core.recipe import Builder, Recipe
from sparring.data.protocol import digits8, keep_labels
from sparring.engine.short import train_in_memory
from sparring.nets.families.dcgan import Generator
from sparring.nets.families.noisy_mlp import Discriminator
from sparring.nets.heads.classes import ClassLogits
from sparring.zoo.improved_gan import SemiSupervised, improved_gan

ROUNDS, LABELS = 3000, 50
NETS: dict[str, Builder] = {"G": Generator(32), "D": ClassLogits(Discriminator())}

ours = set_knobs(replace(improved_gan, latent=Uniform(50)), optimiser_knobs("DG", {"lr": 3e-3}))
theirs = replace(ours, turns={"D": replace(ours.turns["D"], loss=SemiSupervised(weight=0.0))})
"""The same classifier on the same batches, trained by the cross-entropy alone."""


def trial(seed: int) -> Mapping[str, float]:
    """Train a classifier on 50 labelled digits, with and without Improved GAN, and return its accuracies.

    Both numbers are accuracies in per cent on the 500 test digits: "improved_gan" of a classifier that also
    learns from fakes and from digits without labels, "supervised" of one that learns from the 50 labels
    alone. `seed` decides which 50 of the 1297 training digits have labels, the initial weights, the data
    order and the noise of the training.
    """
    return {"improved_gan": _accuracy(ours, seed), "supervised": _accuracy(theirs, seed)}


@torch.no_grad()
def _accuracy(recipe: Recipe, seed: int) -> float:
    split = digits8()
    with torch.enable_grad():
        trained = train_in_memory(
            recipe, keep_labels(split.train, LABELS, seed), ROUNDS, seed, batch=100, nets=NETS
        ).shown
    guess = trained.D(to_float(torch.from_numpy(split.test.x[:]))).argmax(1)
    return 100 * float((guess == torch.from_numpy(split.test.y)).float().mean())


claim = Claim(
    says="with 50 labels the classifier gains at least 3 points by feature matching on digits without labels",
    data="digits8: 50 labels, 1247 digits without, 500 for the test; every seed draws other labels",
    baseline="the same classifier trained on the 50 labels alone",
    trial=trial,
    bounds=(AtLeast("improved_gan", "supervised", plus=3),),
    headline="improved_gan",
    baseline_number="supervised",
    calibrated=(
        "thresholds as the card proposes.  Two settings with convolutions for a discriminator missed "
        "the gain on "
        "seeds 0-2 (mean 2.5, then 2.6, one seed each below 0), whatever the rates; now it is the authors' "
        "kind: dense, with weight norm and noise in its layers, 3e-3 for both, calibrated on seeds 10 to 13 "
        "(7.0, 12.4, 7.8 and 6.2)"
    ),
)
