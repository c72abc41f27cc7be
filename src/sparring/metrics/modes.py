"""Mode coverage: how many modes of a known mixture the samples reach, and how evenly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, Ints, histogram, matching_rows

INSIDE = 3.0
"""A sample is of high quality within this many standard deviations of a mode."""

SHARE = 20 / 2500
"""A mode is reached if at least this share of all samples lies within `INSIDE` of it."""

FEWEST = 250
"""Least number of samples: with fewer, `SHARE` of them is under two, too few to tell missed from rare."""


@dataclass(frozen=True)
class ModeScore:
    """Coverage of a mixture's modes by samples.

    >>> ModeScore(modes=8, quality=0.989, divergence=0.01).modes
    8
    """

    modes: int
    """Number of modes with at least 20 of 2500 (0.8 %) of all samples within three standard deviations."""
    quality: float
    """Share of samples within three standard deviations of a mode (samples of high quality), in [0, 1].

    1 - exp(-9/2) = 0.989 for the true distribution in two dimensions.
    """
    divergence: float
    """KL(shares of modes among samples of high quality || true shares), nats; infinite if there are none."""


@dataclass(frozen=True)
class Coverage:
    """Coverage of a set of classes by samples.

    >>> Coverage(classes=10, divergence=0.002).classes
    10
    """

    classes: int
    """Number of classes that at least one sample has."""
    divergence: float
    """KL(shares of the classes || true shares), nats; about (k - 1) / 2n for n true samples of k classes."""


def mode_score(x: ArrayLike, means: ArrayLike, std: float, weights: ArrayLike | None = None) -> ModeScore:
    """Return the mode coverage of samples `x` (n, d) of Gaussians with `means` (k, d) and common `std`.

    A sample counts for its nearest mode if it is within 3 `std` of its mean.  A mode is reached if at least
    0.8 % of all n samples count for it: 20 of 2500, 80 of 10,000.  `weights` (k,) are the modes' true shares,
    positive numbers of any sum; None: equal.  A sample that is not finite counts for no mode.  Raises
    `ValueError` for fewer than 250 samples, for a `std` that is not positive and for shapes that differ.
    After Metz et al. 2016, arXiv:1611.02163.

    >>> centres = np.array([[-1.0], [1.0]])
    >>> x = np.repeat(centres, 200, axis=0)
    >>> mode_score(x, centres, std=0.1)
    ModeScore(modes=2, quality=1.0, divergence=0.0)
    """
    points, centres = matching_rows(x, means, ("x", "means"))
    if len(points) < FEWEST:
        raise ValueError(f"mode_score needs at least {FEWEST} samples, not {len(points)}")
    if not std > 0:
        raise ValueError(f"std must be positive, not {std}")
    distance = np.stack([np.linalg.norm(points - centre, axis=1) for centre in centres], 1)
    nearest, good = distance.argmin(1), distance.min(1) <= INSIDE * std
    counts = np.bincount(nearest[good], minlength=len(centres)).astype(np.int64)
    reached = int((counts >= SHARE * len(points)).sum())
    return ModeScore(reached, float(good.mean()), _divergence(counts, _shares(weights, len(centres))))


def class_coverage(y: ArrayLike, classes: int, weights: ArrayLike | None = None) -> Coverage:
    """Return the coverage of `classes` classes by labels `y` (n,), e.g. of stacked digits.

    `weights` (classes,) are the true shares, positive numbers of any sum; None: equal.  Raises `ValueError`
    for a label outside [0, classes).  After Metz et al. 2016, arXiv:1611.02163, section 3.3.1.

    >>> class_coverage([0, 0, 2, 2], classes=3).classes
    2
    """
    counts = histogram(y, classes, "y")
    return Coverage(int((counts > 0).sum()), _divergence(counts, _shares(weights, classes)))


def _shares(weights: ArrayLike | None, k: int) -> Floats:
    values = np.ones(k) if weights is None else np.asarray(weights, np.float64)
    if values.shape != (k,) or not (values > 0).all():
        raise ValueError(f"weights must be {k} positive numbers, not {values.shape}")
    shares: Floats = values / values.sum()
    return shares


def _divergence(counts: Ints, truth: Floats) -> float:
    if counts.sum() == 0:
        return float("inf")
    positive = counts > 0
    share = counts[positive] / counts.sum()
    return max(0.0, float((share * np.log(share / truth[positive])).sum()))  # rounding can leave -1e-17
