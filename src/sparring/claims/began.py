"""BEGAN: the energies reach the ratio gamma, which trades quality for diversity; M tracks convergence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr

from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import set_knobs
from sparring.core.latent import Uniform
from sparring.core.recipe import Builder, Recipe
from sparring.data.protocol import digits8
from sparring.engine.short import ShortTraining, train_in_memory
from sparring.metrics.classifier import pictures
from sparring.metrics.distances import energy_distance
from sparring.nets.families import autoencoder, dcgan, mlp
from sparring.zoo.began import began

ROUNDS, BATCH, SAMPLES, PARTS = 1500, 32, 500, 20
"""Training steps, batch size, samples of a measurement, and number of measurements at equal intervals."""


def trial(seed: int) -> Mapping[str, float]:
    """Train BEGAN on digits at gamma 0.3 and 0.7 and return energy ratios, diversity and convergence.

    Each key names its gamma, such as "ratio at 0.3". "ratio" is the mean energy of fakes over that of data in
    the last quarter of the training; "spread" the mean Euclidean distance between two of 500 samples, pixels
    in [-1, 1]; "ED" the final energy distance of samples to the 500 test digits; "correlation" the rank
    correlation, in [-1, 1], of the paper's convergence measure with this distance at 20 points of the
    training. `seed` decides initial weights, data order and noise.
    """
    low, high = (_measures(gamma, seed) for gamma in (0.3, 0.7))
    return {
        "ratio at 0.3": low[0],
        "ratio at 0.7": high[0],
        "spread at 0.3": low[1],
        "spread at 0.7": high[1],
        "correlation at 0.3": low[2],
        "correlation at 0.7": high[2],
        "ED at 0.3": low[3],
        "ED at 0.7": high[3],
    }


def _measures(gamma: float, seed: int) -> tuple[float, float, float, float]:
    data, distances = digits8(), []
    test = pictures(np.asarray(data.test.x))

    def watch(played: ShortTraining, step: int) -> None:
        distances.append(energy_distance(played.samples(SAMPLES), test))

    played = train_in_memory(
        _recipe(gamma),
        data.train,
        ROUNDS,
        seed,
        batch=BATCH,
        averages=False,
        watch=watch,
        every=ROUNDS // PARTS,
    )
    real, fake = _means(played, "D.real"), _means(played, "G.adv")
    measure = real + np.abs(gamma * real - fake)
    end = slice(-PARTS // 4, None)
    return (
        float(fake[end].sum() / real[end].sum()),
        float(pdist(played.samples(SAMPLES).flatten(1).numpy()).mean()),
        float(spearmanr(measure, distances).statistic),
        distances[-1],
    )


def _recipe(gamma: float) -> Recipe:
    discriminator = autoencoder.Discriminator(
        mlp.Discriminator(32, 1, outputs=2), mlp.Generator(32, 1), power=1
    )
    nets: dict[str, Builder] = {**began.nets, "G": dcgan.Generator(16), "D": discriminator}
    knobs = {"nets.K.gamma": gamma, "nets.K.rate": 0.05, "turns.D.optim.lr": 1e-3, "turns.G.optim.lr": 2e-3}
    return set_knobs(replace(began, nets=nets, latent=Uniform(16)), knobs)


def _means(played: ShortTraining, term: str) -> np.ndarray:
    """Return the term's mean over each part of the run, (PARTS,)."""
    values = [row[term] for _, row in played.terms if term in row]
    means: np.ndarray = np.reshape(values, (PARTS, -1)).mean(1)
    return means


claim = Claim(
    says="energies of fakes and data settle at the ratio gamma; a higher gamma gives more diverse samples",
    data="digits8: 1297 digits to learn from, 500 for the test",
    baseline="the same game at gamma 0.3",
    trial=trial,
    bounds=(
        AtLeast("ratio at 0.3", 0.3, times=0.85),
        AtMost("ratio at 0.3", 0.3, times=1.15),
        AtLeast("ratio at 0.7", 0.7, times=0.85),
        AtMost("ratio at 0.7", 0.7, times=1.15),
        AtLeast("spread at 0.7", "spread at 0.3"),
        AtLeast("correlation at 0.3", 0.5),
        AtLeast("correlation at 0.7", 0.5),
    ),
    headline="spread at 0.7",
    baseline_number="spread at 0.3",
    calibrated=(
        "thresholds as the card proposes; batch norm in G, without which nearly all samples become one; a "
        "code of 2 and lambda 0.05: a first setting (a code of 4, 0.02) missed the ratio at 0.3 on seeds 0-2 "
        "by 0.006, for k stood at 0 and controlled nothing, and D, ever better on data, let the ratio rise"
    ),
)
