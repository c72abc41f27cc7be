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
    """Return the mean of the share of data that score above 0 and that of fakes below 0, in [0, 1].

    `real` (n,) and `fake` (m,) are logits; a score of 0 counts half. NaN where a score is not finite.
    """
    data, made = rows(real, "real"), rows(fake, "fake")
    if not (np.isfinite(data).all() and np.isfinite(made).all()):
        return float("nan")
    return float((1 + np.sign(data).mean()) / 4 + (1 - np.sign(made).mean()) / 4)


def discriminator_loss(real: ArrayLike, fake: ArrayLike, targets: tuple[float, float] = (1.0, 0.0)) -> float:
    """Return E CE(a, s(v(x))) + E CE(b, s(v(G(z)))) in nats, with `targets` (a, b) for data and fakes.

    CE(a, p) = -a log p - (1 - a) log(1 - p), and s is the sigmoid. `real` (n,) and `fake` (m,) are the logits
    v(x) and v(G(z)).
    """
    data, made = rows(real, "real"), rows(fake, "fake")
    on_data = np.logaddexp(0, data) - targets[0] * data
    return float(on_data.mean() + (np.logaddexp(0, made) - targets[1] * made).mean())


def divergence_level(real: ArrayLike, fake: ArrayLike, targets: tuple[float, float] = (1.0, 0.0)) -> float:
    """Return (L_even - L) / (L_even - L_certain): 0 for an even game, 1 for a certain D, below 0 for a bad D.

    L is `discriminator_loss` of the logits `real` (n,) and `fake` (m,); L_even and L_certain are
    `constants.even_loss` and `constants.certain_loss` for the same `targets`, which must differ. With targets
    (1, 0) it is 1 - L / log 4, a lower bound of the Jensen-Shannon divergence over log 2. Goodfellow et al.
    2014, arXiv:1406.2661, theorem 1.
    """
    even, sure = even_loss(*targets), certain_loss(*targets)
    return (even - discriminator_loss(real, fake, targets)) / (even - sure)


def confidence(real: ArrayLike, fake: ArrayLike) -> float:
    """Return E |2 s(v) - 1|, twice the mean distance of D's probabilities from one half, in [0, 1].

    The mean is over all logits v of `real` (n,) and `fake` (m,); s is the sigmoid.
    """
    return float(np.abs(np.tanh(np.concatenate([rows(real, "real"), rows(fake, "fake")]) / 2)).mean())


def gradient_signal(fake: ArrayLike, saturating: bool) -> float:
    """Return the share of the gradient that reaches the generator, E |dL/dv| in [0, 1].

    v are the logits `fake` (n,), and s is the sigmoid. |dL/dv| is s(v) for the minimax loss log(1 - s(v)), if
    `saturating`; it vanishes where the discriminator wins. It is 1 - s(v) for the non-saturating loss
    -log s(v), which vanishes where the generator wins. Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """
    from scipy.special import expit  # here, for it takes long to import

    made = rows(fake, "fake")
    return float(expit(made if saturating else -made).mean())


def gradient_norm(gradients: Tensor) -> float:
    """Return the mean over samples of the norm of the gradient of the sample's own loss.

    `gradients` (n, *shape) are of the mean of n samples' losses, so that row i is 1/n of the gradient of loss
    i: the result is the sum of the Euclidean norms of all rows.
    """
    return float(torch.linalg.vector_norm(gradients.flatten(1).double(), dim=1).mean() * len(gradients))


def auc(real: ArrayLike, fake: ArrayLike) -> float:
    """Return the probability that a datum scores above a fake, in [0, 1]; equal scores count half.

    `real` (n,) and `fake` (m,) are scores. Uninformative scores give 1/2. `ValueError` for a score that is
    not finite.
    """
    from sklearn.metrics import roc_auc_score  # here, for it takes long to import

    data, made = rows(real, "real")[:, 0], rows(fake, "fake")[:, 0]
    truth = np.repeat([1, 0], [len(data), len(made)])
    return float(roc_auc_score(truth, np.concatenate([data, made])))


def two_sample_auc(real: ArrayLike, fake: ArrayLike, held_out: ArrayLike, held_out_fake: ArrayLike) -> float:
    """Return the AUC on held-out samples of a new classifier that was trained to tell `real` from `fake`.

    All arguments are features (n, d): `real` and `fake` to train on, cut to equal numbers, `held_out` (data)
    and `held_out_fake` to score. The classifier is a net of two hidden layers of 32 units, trained for about
    200 steps on standardised features, always from the same seed. If data and fakes have one distribution the
    AUC is about 1/2, with a standard deviation of 0.026 for 256 of each. A discriminator that is as good as
    this classifier has the same `auc` on the held-out samples. Lopez-Paz and Oquab 2017, arXiv:1610.06545.
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
    """Return r_t = E sign(v(x)), in [-1, 1], from D's logits v(x) of training data, `train` (n,).

    Karras et al. 2020, arXiv:2006.06676, equation 1.
    """
    return float(np.sign(rows(train, "train")).mean())


def overfit_gap(train: ArrayLike, held_out: ArrayLike, fake: ArrayLike) -> float | None:
    """Return r_v = (E train - E held_out) / (E train - E fake), the means of D's logits, (n,) each.

    It is 0 without overfitting and 1 for memorisation. None where the discriminator does not separate
    training data from fakes well enough for a ratio: the denominator must exceed 8 standard errors of the
    numerator. None also for fewer than two training or held-out data. Karras et al. 2020, arXiv:2006.06676,
    equation 1.
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

    The relative step is |after - before| / |before| in Euclidean norms. Each argument is the pair (weights
    before, weights after), flat (m,), or random projections of both. 1 is balanced, above 1 the discriminator
    moves more; NaN where either does not move.
    """
    moved = [
        _relative_step(*(np.asarray(w, np.float64) for w in pair)) for pair in (discriminator, generator)
    ]
    return moved[0] / moved[1] if min(moved) > 0 else float("nan")


def _relative_step(before: Floats, after: Floats) -> float:
    return float(np.linalg.norm(after - before) / max(float(np.linalg.norm(before)), 1e-12))
