"""How many modes of a known mixture the samples reach, and how evenly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, Ints, alike, histogram

INSIDE = 3.0
"""A sample is of high quality within so many standard deviations of a mode."""

SHARE = 20 / 2500
"""A mode is reached when this share of all samples lies inside it."""

FEWEST = 250
"""Fewer samples do not tell a mode that is missed from one that is rare: SHARE of them is under two."""


@dataclass(frozen=True)
class ModeScore:
    """What became of a mixture's modes."""

    modes: int
    """How many are reached by at least 20 of 2500 samples."""
    quality: float
    """Share of the samples of high quality, in [0, 1]; 1 - exp(-9/2) = 0.989 of the truth in the plane."""
    divergence: float
    """KL(modes of the samples of high quality || truth), nats; infinite where there are none."""


@dataclass(frozen=True)
class Coverage:
    """What became of a set of classes."""

    classes: int
    """How many occur."""
    divergence: float
    """KL(classes of the samples || truth), nats; n true draws of k classes still give about (k - 1) / 2n."""


def mode_score(x: ArrayLike, means: ArrayLike, std: float, weights: ArrayLike | None = None) -> ModeScore:
    """The score of samples `x` (n, d) against Gaussians with `means` (k, d) and one `std`.

    A sample belongs to its nearest mode; `weights` (k,) are the modes' true shares, equal when None.  The
    count is scaled to n: 20 of 2500 is 80 of 10,000.  A sample that is not finite is lost.  `ValueError` for
    fewer than 250 samples and for shapes that do not fit.  After Metz et al. 2016, arXiv:1611.02163.
    """
    points, centres = alike(x, means, ("x", "means"))
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
    """The coverage by labels `y` (n,) of `classes` classes, 1000 for stacked digits (`classifier.stacked`).

    `weights` (classes,) are the true shares, equal when None.  `ValueError` for a label outside
    [0, classes).  After Metz et al. 2016, arXiv:1611.02163, section 3.3.1.
    """
    counts = histogram(y, classes, "y")
    return Coverage(int((counts > 0).sum()), _divergence(counts, _shares(weights, classes)))


def _shares(weights: ArrayLike | None, k: int) -> Floats:
    found = np.ones(k) if weights is None else np.asarray(weights, np.float64)
    if found.shape != (k,) or not (found > 0).all():
        raise ValueError(f"weights must be {k} positive numbers, not {found.shape}")
    shares: Floats = found / found.sum()
    return shares


def _divergence(counts: Ints, truth: Floats) -> float:
    if counts.sum() == 0:
        return float("inf")
    there = counts > 0
    share = counts[there] / counts.sum()
    return max(0.0, float((share * np.log(share / truth[there])).sum()))  # rounding can leave -1e-17
