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
    """Return the mean distance of two samples over that of two data: 1 if equal, 0 for a single point.

    Distances are Euclidean; each mean is over all pairs of different rows of `fake` (n, d) or `real` (m, d).
    The ratio does not detect collapse onto modes that lie far apart: two opposite modes of a ring of eight
    give 0.80.
    """
    made, data = matching_rows(fake, real, ("fake", "real"))
    return _mean_distance(made) / _mean_distance(data)


def total_variation(found: ArrayLike, truth: ArrayLike) -> float:
    """Return half the sum of |found - truth| over k cells, in [0, 1], for shares (k,) that add up to 1."""
    shares, expected = matching_rows(found, truth, ("found", "truth"))
    return float(np.abs(shares - expected).sum() / 2)


def missing_modes(found: ArrayLike, truth: ArrayLike) -> float:
    """Return the fraction of the k cells where `found` is below a fifth of `truth`, in [0, 1].

    Both are shares (k,): `found` of the samples, `truth` of the data. Cells are counted, not weighted.
    """
    shares, expected = matching_rows(found, truth, ("found", "truth"))
    return float("nan") if np.isnan(shares).any() else float((shares < RARE * expected).mean())


def reverse_kl(found: ArrayLike, truth: ArrayLike) -> float:
    """Return KL(found || truth) = sum of found log(found / truth) over cells, in nats, 0 or more.

    Both are shares (k,) that add up to 1: `found` of the samples, `truth` of the data. A cell where `found`
    is 0 adds 0. The result is infinite if `found` is positive in a cell where `truth` is 0. n samples drawn
    from `truth` give about (k - 1) / (2 n).
    """
    shares, expected = rows(found, "found")[:, 0], rows(truth, "truth")[:, 0]
    if np.isnan(shares).any():
        return float("nan")
    occupied = shares > 0
    if (expected[occupied] == 0).any():
        return float("inf")
    return max(0.0, float((shares[occupied] * np.log(shares[occupied] / expected[occupied])).sum()))


def effective_rank(x: ArrayLike) -> float:
    """Return exp(-sum p log p), with p the covariance's eigenvalues over their sum: in [1, d], or 0.

    `x` is (n, d). Rows on one line give 1, equal variance in all directions gives d, equal rows give 0. Roy
    and Vetterli 2007, The effective rank: A measure of effective dimensionality, here of the covariance.
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
    """Return `effective_rank(fake) / effective_rank(real)`, of samples (n, d) over that of data (m, d)."""
    made, data = matching_rows(fake, real, ("fake", "real"))
    return effective_rank(made) / effective_rank(data)


def coverage(fake: ArrayLike, real: ArrayLike, k: int = 5) -> float:
    """Return the share of the data x with a sample within the distance of x's k-th nearest datum, in [0, 1].

    As many samples as data, from the distribution of the data, give 1 - 2^-k: 0.97 for k = 5. Naeem et al.
    2020, arXiv:2002.09797, equation 8. `ValueError` for k data or fewer.
    """
    made, data = matching_rows(fake, real, ("fake", "real"))
    if not np.isfinite(made).all():
        return float("nan")
    return float(density_coverage(data, made, k)[1].mean())


def birthday(fake: ArrayLike, real: ArrayLike) -> float:
    """Return the number of samples among which a near-duplicate has probability 1/2, at least 2.

    The square of this number estimates the size of the support. `fake` (n, d) and `real` (m, d) have two rows
    or more. Two samples are near-duplicates where their distance is below the 1 % quantile of the data's
    nearest-neighbour distances. Of n samples with c near pairs, the result is for the pair probability c / (n
    (n - 1) / 2). Where c is 0 it is set to 1, and the result is a lower bound. Data themselves give about 12
    sqrt(n). NaN where a sample is not finite. After Arora and Zhang 2017, arXiv:1706.08224, where people
    judged the duplicates.
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

    |.| is the Euclidean norm. Row i of `made` and row i of `again` (n, ...) are samples G(c, z) and G(c, z')
    of one condition c. Row i of `data` and row i of `other_data` (m, ...) are data x and x' of one condition.
    """
    first, second = matching_rows(made, again, ("made", "again"))
    x, y = matching_rows(data, other_data, ("one", "other"))
    return float(np.linalg.norm(first - second, axis=1).mean() / np.linalg.norm(x - y, axis=1).mean())


def _mean_distance(x: Floats) -> float:
    """Return the mean distance of two different rows; NaN where one is not finite, 0 for a single row."""
    from scipy.spatial.distance import pdist

    return float(pdist(x).mean()) if len(x) > 1 else 0.0
