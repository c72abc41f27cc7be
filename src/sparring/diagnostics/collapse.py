"""Measures of mode collapse: samples that are too similar, and modes of the data without samples.

Features are rows (n, d); histograms are shares of cells (k,). A measure is NaN where a sample is not finite.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.neighbours import density_coverage
from sparring.metrics.rows import Floats, matching_rows, rows

RARE = 0.2
"""A cell with less than this factor times the data's share is missing."""


def distance_ratio(fake: ArrayLike, real: ArrayLike) -> float:
    """Return the mean distance between two samples over that between two data: 1 if equal, 0 for one point.

    It does not detect collapse onto modes that lie far apart: two opposite modes of a ring of eight give
    0.80.
    """
    made, data = matching_rows(fake, real, ("fake", "real"))
    return _mean_distance(made) / _mean_distance(data)


def total_variation(found: ArrayLike, truth: ArrayLike) -> float:
    """Return half the sum of |found - truth| over cells, in [0, 1]."""
    shares, expected = matching_rows(found, truth, ("found", "truth"))
    return float(np.abs(shares - expected).sum() / 2)


def missing_modes(found: ArrayLike, truth: ArrayLike) -> float:
    """Return the share of the cells with less than a fifth of the data's share, in [0, 1]."""
    shares, expected = matching_rows(found, truth, ("found", "truth"))
    return float("nan") if np.isnan(shares).any() else float((shares < RARE * expected).mean())


def reverse_kl(found: ArrayLike, truth: ArrayLike) -> float:
    """Return KL(found || truth) of shares of cells in nats; an empty cell of `found` adds 0.

    n samples of the truth give about (k - 1) / 2n. Infinite where samples lie in a cell without data.
    """
    shares, expected = rows(found, "found")[:, 0], rows(truth, "truth")[:, 0]
    if np.isnan(shares).any():
        return float("nan")
    occupied = shares > 0
    if (expected[occupied] == 0).any():
        return float("inf")
    return max(0.0, float((shares[occupied] * np.log(shares[occupied] / expected[occupied])).sum()))


def effective_rank(x: ArrayLike) -> float:
    """Return exp(entropy of the covariance's normalised eigenvalues): from 1, a line, to d; 0 for a point.

    Roy and Vetterli 2007, The effective rank: A measure of effective dimensionality, of the covariance.
    """
    samples = rows(x, "x")
    if not np.isfinite(samples).all():
        return float("nan")
    values = np.linalg.svd(samples - samples.mean(0), compute_uv=False) ** 2
    if values.sum() <= 1e-12 * max(np.square(samples).sum(), 1e-30):
        return 0.0
    share = values[values > 0] / values.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def rank_ratio(fake: ArrayLike, real: ArrayLike) -> float:
    """Return the effective rank of samples over that of data."""
    made, data = matching_rows(fake, real, ("fake", "real"))
    return effective_rank(made) / effective_rank(data)


def coverage(fake: ArrayLike, real: ArrayLike, k: int = 5) -> float:
    """Return the share of the data with a sample nearer than their k-th nearest datum, in [0, 1].

    Samples of the truth, as many as data, give 1 - 2^-k = 0.97. Naeem et al. 2020, arXiv:2002.09797, equation
    8. `ValueError` for k data or fewer.
    """
    made, data = matching_rows(fake, real, ("fake", "real"))
    if not np.isfinite(made).all():
        return float("nan")
    return float(density_coverage(data, made, k)[1].mean())


def birthday(fake: ArrayLike, real: ArrayLike) -> float:
    """Return the sample size that contains a near-duplicate with probability 1/2; the support is its square.

    Two samples are near-duplicates where their distance is below the 1 % quantile of the data's
    nearest-neighbour distances. Of n samples with c near pairs, the result is for the pair probability c / (n
    (n - 1) / 2). Where c is 0 it is set to 1, and the result is a lower bound. Data themselves give about 12
    sqrt(n). After Arora and Zhang 2017, arXiv:1706.08224, where people judged the duplicates.
    """
    from scipy.spatial import cKDTree

    made, data = matching_rows(fake, real, ("fake", "real"))
    if not np.isfinite(made).all():
        return float("nan")
    near = np.quantile(cKDTree(data).query(data, [2])[0][:, 0], 0.01)
    tree, n = cKDTree(made), len(made)
    pairs = (
        tree.count_neighbors(tree, near) - n
    ) / 2  # every sample is near itself, every pair counted twice
    chance = max(pairs, 1) / (n * (n - 1) / 2)
    if chance >= 0.5:
        return 2.0
    # 1 - (1 - chance)^(s (s - 1) / 2) = 1/2, solved for s.
    return (1 + math.sqrt(1 + 8 * math.log(0.5) / math.log1p(-chance))) / 2


def latent_sensitivity(made: ArrayLike, again: ArrayLike, data: ArrayLike, other_data: ArrayLike) -> float:
    """Return E |G(c, z) - G(c, z')| / E |x - x'| at equal conditions c: 0 where a conditional G ignores z.

    Rows of `made` and `again` (n, ...) share a condition, and so do those of the data `data` and
    `other_data`.
    """
    first, second = matching_rows(made, again, ("made", "again"))
    x, y = matching_rows(data, other_data, ("one", "other"))
    return float(np.linalg.norm(first - second, axis=1).mean() / np.linalg.norm(x - y, axis=1).mean())


def _mean_distance(x: Floats) -> float:
    """Return the mean distance of two different rows; NaN where one is not finite, 0 for a single row."""
    from scipy.spatial.distance import pdist

    return float(pdist(x).mean()) if len(x) > 1 else 0.0
