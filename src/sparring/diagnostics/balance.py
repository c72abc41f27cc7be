"""Measures of who wins: the critic, the generator, or neither.

Scores are the critic's logits (n,), high for real.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from sparring.diagnostics.constants import even_loss, sure_loss
from sparring.metrics.rows import Floats, alike, rows

HIDDEN, BATCH, STEPS, RATE = (32, 32), 64, 200, 5e-3
"""The fresh classifier's hidden units, samples a step, steps and rate: what a coarse difference takes."""

DOUBTFUL = 0.6
"""The critic's accuracy from which on it is not weak."""

CERTAIN = 8.0
"""A gap of mean scores is told apart from 0 when it is so many standard errors wide."""


def accuracy(real: ArrayLike, fake: ArrayLike) -> float:
    """The share of data above 0 and of fakes below, each counting half, in [0, 1]; a tie counts half."""
    data, made = rows(real, "real"), rows(fake, "fake")
    if not (np.isfinite(data).all() and np.isfinite(made).all()):
        return float("nan")
    return float((1 + np.sign(data).mean()) / 4 + (1 - np.sign(made).mean()) / 4)


def critic_loss(real: ArrayLike, fake: ArrayLike, targets: tuple[float, float] = (1.0, 0.0)) -> float:
    """E CE(a, s(v(x))) + E CE(b, s(v(G(z)))) in nats, with `targets` (a, b) for data and fakes."""
    data, made = rows(real, "real"), rows(fake, "fake")
    on_data = np.logaddexp(0, data) - targets[0] * data
    return float(on_data.mean() + (np.logaddexp(0, made) - targets[1] * made).mean())


def divergence_level(real: ArrayLike, fake: ArrayLike, targets: tuple[float, float] = (1.0, 0.0)) -> float:
    """How far the critic's loss is from an even game's, 0, to a sure critic's, 1; below 0 for a bad critic.

    With plain targets it is a lower bound of the Jensen-Shannon divergence over log 2, J = log 2 - L / 2;
    with others the loss at evenness and at sureness is theirs.  Goodfellow et al. 2014, arXiv:1406.2661,
    theorem 1.
    """
    even, sure = even_loss(*targets), sure_loss(*targets)
    return (even - critic_loss(real, fake, targets)) / (even - sure)


def confidence(real: ArrayLike, fake: ArrayLike) -> float:
    """How far the critic's probabilities are from one half, E |2 s(v) - 1| in [0, 1]."""
    return float(np.abs(np.tanh(np.concatenate([rows(real, "real"), rows(fake, "fake")]) / 2)).mean())


def signal(fake: ArrayLike, saturating: bool) -> float:
    """What of the slope reaches the generator, E |dL/dv| in [0, 1].

    s(v) for the minimax loss, which vanishes where the critic wins, and 1 - s(v) for the non-saturating one,
    which vanishes where the generator does.  Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """
    from scipy.special import expit  # here, for it takes long to import

    made = rows(fake, "fake")
    return float(expit(made if saturating else -made).mean())


def slope(gradients: Tensor) -> float:
    """The mean norm of each sample's own gradient, from those of a mean loss, (n, *shape)."""
    return float(torch.linalg.vector_norm(gradients.flatten(1).double(), dim=1).mean() * len(gradients))


def auc(real: ArrayLike, fake: ArrayLike) -> float:
    """The chance that a datum scores above a fake, ties halved; 1/2: the scores tell nothing.

    `ValueError` for a score that is not finite.
    """
    from sklearn.metrics import roc_auc_score  # here, for it takes long to import

    data, made = rows(real, "real")[:, 0], rows(fake, "fake")[:, 0]
    truth = np.repeat([1, 0], [len(data), len(made)])
    return float(roc_auc_score(truth, np.concatenate([data, made])))


def two_sample_auc(real: ArrayLike, fake: ArrayLike, held: ArrayLike, made: ArrayLike) -> float:
    """The AUC on `held` data and fakes `made` of a classifier that learnt from `real` and `fake`, all (n, d).

    It is a net of two small hidden layers after 200 steps, on standardised features, always from the same
    seed.  Where the samples are alike it says 1/2, with a standard deviation of 0.026 at 256 a side; where
    the run's critic is as good, as much as the critic's own `auc` on the same samples.
    Lopez-Paz and Oquab 2017, arXiv:1610.06545.
    """
    from sklearn.exceptions import ConvergenceWarning  # here, for it takes long to import
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    first, second = alike(real, fake, ("real", "fake"))
    count = min(
        len(first), len(second)
    )  # as many of either kind, or the rarer would look unlikely everywhere
    both = np.concatenate([first[:count], second[:count]])
    scale = StandardScaler().fit(both)
    size = min(BATCH, len(both))
    passes = max(1, round(STEPS * size / len(both)))
    net = MLPClassifier(
        HIDDEN,
        batch_size=size,
        learning_rate_init=RATE,
        max_iter=passes,
        n_iter_no_change=passes,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(scale.transform(both), np.repeat([1, 0], count))
    found, faked = (net.predict_proba(scale.transform(rows(x, "samples")))[:, 1] for x in (held, made))
    return auc(found, faked)


def overfit_sign(train: ArrayLike) -> float:
    """r_t = E sign(v(x)) over training data, in [-1, 1].

    Karras et al. 2020, arXiv:2006.06676, equation 1.
    """
    return float(np.sign(rows(train, "train")).mean())


def overfit_gap(train: ArrayLike, held: ArrayLike, fake: ArrayLike) -> float | None:
    """r_v = (E v(train) - E v(held)) / (E v(train) - E v(fake)): 0 of a fair critic, 1 of one that recites.

    None where the critic does not tell training data from fakes well enough for a ratio: the denominator must
    be 8 standard errors of the numerator.  Karras et al. 2020, arXiv:2006.06676, equation 1.
    """
    seen, unseen, made = (rows(x, "scores") for x in (train, held, fake))
    if min(len(seen), len(unseen)) < 2:
        return None
    error = np.sqrt(seen.var() / len(seen) + unseen.var() / len(unseen))
    apart = seen.mean() - made.mean()
    if apart <= CERTAIN * error:
        return None
    return float((seen.mean() - unseen.mean()) / apart)


def step_balance(critic: Sequence[Tensor | Floats], generator: Sequence[Tensor | Floats]) -> float:
    """How far the critic's weights moved, relative to their size, over the same of the generator's.

    Each is (weights before, weights after), flat (m,), or random projections of them.  1: level; NaN where
    either stands still.
    """
    moved = [_relative(*(np.asarray(w, np.float64) for w in pair)) for pair in (critic, generator)]
    return moved[0] / moved[1] if min(moved) > 0 else float("nan")


def _relative(before: Floats, after: Floats) -> float:
    return float(np.linalg.norm(after - before) / max(float(np.linalg.norm(before)), 1e-12))
