"""CGAN: samples are of the requested class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from sparring.core.batch import Batch
from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import optimiser_knobs, set_knobs
from sparring.core.labels import Labels
from sparring.core.recipe import Recipe
from sparring.data.protocol import digits8
from sparring.diagnostics.collapse import total_variation
from sparring.engine.short import ShortTraining, train_in_memory
from sparring.engine.trained import samples
from sparring.metrics.classifier import frechet_distance, train_classifier
from sparring.nets.families.dcgan import Discriminator, Generator
from sparring.nets.heads.conditional import ConditionalDiscriminator
from sparring.zoo.cgan import cgan
from sparring.zoo.dcgan import dcgan

ROUNDS, WIDTH, CLASSES = 900, 16, 10
RATES = optimiser_knobs("DG", {"lr": 1e-3})
EVENLY = np.arange(1000) % CLASSES
UNEVENLY = np.repeat(np.arange(CLASSES), 20 * np.arange(1, CLASSES + 1))
"""Requested labels: 100 of each class; and 20 of class 0, 40 of class 1, up to 200 of class 9."""

ours = set_knobs(
    replace(cgan, nets={"G": Generator(WIDTH), "D": ConditionalDiscriminator(Discriminator(WIDTH))}), RATES
)
theirs: Recipe = replace(
    set_knobs(dcgan, RATES), nets={"G": Generator(WIDTH), "D": Discriminator(WIDTH)}, latent=ours.latent
)
"""The same generator, with labels in its latent, against a discriminator that sees no labels."""


def trial(seed: int) -> Mapping[str, float]:
    """Train CGAN and two controls on digits and return how their samples follow the requested labels.

    "right" is the share, in [0, 1], of 1000 samples that a classifier of the training digits gives the
    requested label; "FD" their squared Frechet distance to the 500 test digits in its features; "off" the
    total variation, in [0, 1], between the frequencies of predicted and requested labels, where these are
    uneven. Keys end in "unconditional" if D sees no labels, in "shuffled" if the training labels are
    permuted. `seed` decides the initial weights, the data order, the noise and the permutation.
    """
    split = digits8()
    classifier, y = train_classifier(split.train), split.train.labels
    shuffled = replace(split.train, y=np.random.default_rng(seed).permutation(y))
    plays = {"": (ours, split.train), " unconditional": (theirs, split.train), " shuffled": (ours, shuffled)}
    numbers: dict[str, float] = {}
    for name, (recipe, data) in plays.items():
        played = train_in_memory(recipe, data, ROUNDS, seed)
        x = _samples(played, EVENLY)
        numbers[f"right{name}"] = classifier.accuracy(x, EVENLY)
        numbers[f"FD{name}"] = frechet_distance(classifier, x, np.asarray(split.test.x))
        predicted = classifier.predict(_samples(played, UNEVENLY))
        numbers[f"off{name}"] = total_variation(_shares(predicted), _shares(UNEVENLY))
    return numbers


def _samples(played: ShortTraining, y: np.ndarray) -> np.ndarray:
    """Return a sample for each label of y."""
    latent = played.recipe.latent
    assert isinstance(latent, Labels)
    z = latent.with_labels(latent.sample(len(y), torch.Generator().manual_seed(1)), torch.from_numpy(y))
    return samples(played.recipe.sampler, played.shown, Batch.of(z)).numpy()


def _shares(y: np.ndarray) -> np.ndarray:
    return np.bincount(y, minlength=CLASSES) / len(y)


claim = Claim(
    says="samples are of the class asked for, in whatever shares, and as near to the data as without",
    data="digits8: 1297 digits to learn from, 500 for the test; 1000 samples, read by a judge of the digits",
    baseline="the same generator against a discriminator that is told no labels, or shuffled ones",
    trial=trial,
    bounds=(
        AtLeast("right", 0.85),
        AtMost("FD", "FD unconditional"),
        AtMost("right unconditional", 0.2),
        AtMost("right shuffled", 0.2),
        AtMost("off", 0.1),
    ),
    headline="right",
    baseline_number="right unconditional",
    calibrated=(
        "as the card proposes, with 0.2 for what it calls about 0.1; that shares follow those asked is ours; "
        "rates of 1e-3 in all games and 900 rounds, seen on seeds 10 to 13"
    ),
)
