"""Measures of balance between the discriminator and the generator.

Scores are the discriminator's logits (n,), high for real.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from sparring.diagnostics.constants import certain_loss, even_loss
from sparring.metrics.rows import Floats, matching_rows, rows

HIDDEN, BATCH, STEPS, LEARNING_RATE = (32, 32), 64, 200, 5e-3
"""The fresh classifier's hidden units, batch size, steps and learning rate: enough for coarse differences."""

WEAK_ACCURACY = 0.6
"""Least accuracy of a discriminator that is not weak."""

STANDARD_ERRORS = 8.0
"""A gap of mean scores counts as positive from this many standard errors on."""


def accuracy(real: ArrayLike, fake: ArrayLike) -> float:
    """Return the mean of the shares of data above 0 and of fakes below 0, in [0, 1]; a tie counts half."""
    data, made = rows(real, "real"), rows(fake, "fake")
    if not (np.isfinite(data).all() and np.isfinite(made).all()):
        return float("nan")
    return float((1 + np.sign(data).mean()) / 4 + (1 - np.sign(made).mean()) / 4)


def discriminator_loss(real: ArrayLike, fake: ArrayLike, targets: tuple[float, float] = (1.0, 0.0)) -> float:
    """Return E CE(a, s(v(x))) + E CE(b, s(v(G(z)))) in nats, with `targets` (a, b) for data and fakes."""
    data, made = rows(real, "real"), rows(fake, "fake")
    on_data = np.logaddexp(0, data) - targets[0] * data
    return float(on_data.mean() + (np.logaddexp(0, made) - targets[1] * made).mean())


def divergence_level(real: ArrayLike, fake: ArrayLike, targets: tuple[float, float] = (1.0, 0.0)) -> float:
    """Return the position of D's loss between an even game's, 0, and a certain D's, 1; negative for a bad D.

    With plain targets it is a lower bound of the Jensen-Shannon divergence over log 2, J = log 2 - L / 2;
    with others the two reference losses are theirs. Goodfellow et al. 2014, arXiv:1406.2661, theorem 1.
    """
    even, sure = even_loss(*targets), certain_loss(*targets)
    return (even - discriminator_loss(real, fake, targets)) / (even - sure)


def confidence(real: ArrayLike, fake: ArrayLike) -> float:
    """Return the distance of D's probabilities from one half, E |2 s(v) - 1| in [0, 1]."""
    return float(np.abs(np.tanh(np.concatenate([rows(real, "real"), rows(fake, "fake")]) / 2)).mean())


def gradient_signal(fake: ArrayLike, saturating: bool) -> float:
    """Return the share of the gradient that reaches the generator, E |dL/dv| in [0, 1].

    It is s(v) for the minimax loss, which vanishes where the discriminator wins, and 1 - s(v) for the
    non-saturating one, which vanishes where the generator does. Goodfellow et al. 2014, arXiv:1406.2661,
    section 3.
    """
    from scipy.special import expit  # here, for it takes long to import

    made = rows(fake, "fake")
    return float(expit(made if saturating else -made).mean())


def gradient_norm(gradients: Tensor) -> float:
    """Return the mean norm of each sample's own gradient, from gradients (n, *shape) of a mean loss."""
    return float(torch.linalg.vector_norm(gradients.flatten(1).double(), dim=1).mean() * len(gradients))


def auc(real: ArrayLike, fake: ArrayLike) -> float:
    """Return the probability that a datum scores above a fake, ties counting half.

    Uninformative scores give 1/2. `ValueError` for a score that is not finite.
    """
    from sklearn.metrics import roc_auc_score  # here, for it takes long to import

    data, made = rows(real, "real")[:, 0], rows(fake, "fake")[:, 0]
    truth = np.repeat([1, 0], [len(data), len(made)])
    return float(roc_auc_score(truth, np.concatenate([data, made])))


def two_sample_auc(real: ArrayLike, fake: ArrayLike, held_out: ArrayLike, held_out_fake: ArrayLike) -> float:
    """Return the held-out AUC of a classifier trained to tell `real` from `fake`, all (n, d).

    `held_out` are data and `held_out_fake` fakes. The classifier is a net of two small hidden layers after
    200 steps, on standardised features, always from the same seed. Where the samples have one distribution
    the AUC is 1/2, with a standard deviation of 0.026 at 256 a side; where the run's discriminator is as
    good, it equals that one's own `auc` on the same samples. Lopez-Paz and Oquab 2017, arXiv:1610.06545.
    """
    from sklearn.exceptions import ConvergenceWarning  # here, for it takes long to import
    from sklearn.neural_network import MLPClassifier
    from sklearn.preprocessing import StandardScaler

    reals, fakes = matching_rows(real, fake, ("real", "fake"))
    count = min(
        len(reals), len(fakes)
    )  # equal numbers, or the classifier would favour the more frequent kind
    both = np.concatenate([reals[:count], fakes[:count]])
    scale = StandardScaler().fit(both)
    size = min(BATCH, len(both))
    passes = max(1, round(STEPS * size / len(both)))
    net = MLPClassifier(
        HIDDEN,
        batch_size=size,
        learning_rate_init=LEARNING_RATE,
        max_iter=passes,
        n_iter_no_change=passes,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(scale.transform(both), np.repeat([1, 0], count))
    real_scores, fake_scores = (
        net.predict_proba(scale.transform(rows(x, "samples")))[:, 1] for x in (held_out, held_out_fake)
    )
    return auc(real_scores, fake_scores)


def overfit_sign(train: ArrayLike) -> float:
    """Return r_t = E sign(v(x)) over training data, in [-1, 1].

    Karras et al. 2020, arXiv:2006.06676, equation 1.
    """
    return float(np.sign(rows(train, "train")).mean())


def overfit_gap(train: ArrayLike, held_out: ArrayLike, fake: ArrayLike) -> float | None:
    """Return r_v = (E v(train) - E v(held)) / (E v(train) - E v(fake)).

    It is 0 without overfitting and 1 for memorisation. None where the discriminator does not separate
    training data from fakes well enough for a ratio: the denominator must be 8 standard errors of the
    numerator. Karras et al. 2020, arXiv:2006.06676, equation 1.
    """
    seen, unseen, made = (rows(x, "scores") for x in (train, held_out, fake))
    if min(len(seen), len(unseen)) < 2:
        return None
    error = np.sqrt(seen.var() / len(seen) + unseen.var() / len(unseen))
    apart = seen.mean() - made.mean()
    if apart <= STANDARD_ERRORS * error:
        return None
    return float((seen.mean() - unseen.mean()) / apart)


def step_balance(discriminator: Sequence[Tensor | Floats], generator: Sequence[Tensor | Floats]) -> float:
    """Return the relative step of the discriminator's weights over that of the generator's.

    Each argument is (weights before, weights after), flat (m,), or random projections of them. 1: balanced;
    NaN where either does not move.
    """
    moved = [
        _relative_step(*(np.asarray(w, np.float64) for w in pair)) for pair in (discriminator, generator)
    ]
    return moved[0] / moved[1] if min(moved) > 0 else float("nan")


def _relative_step(before: Floats, after: Floats) -> float:
    return float(np.linalg.norm(after - before) / max(float(np.linalg.norm(before)), 1e-12))
