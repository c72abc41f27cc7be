"""Distances between two samples, and their values for two samples of the same distribution (floors)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.moments import frechet_moments, moments
from sparring.metrics.rows import Floats, chunks, matching_rows, rows

SPLITS = 32
"""Number of random splits over which a floor is averaged."""


def energy_distance(a: ArrayLike, b: ArrayLike) -> float:
    """Return the energy distance 2 E|a - b| - E|a - a'| - E|b - b'| >= 0, in the samples' unit.

    `a` (n, ...) and `b` (m, ...) are points or flattened pictures; |.| is Euclidean.  This is the
    V-statistic: the means include the pairs of a sample with itself, so that the value is never negative and
    its floor never zero.  Samples of one distribution give about (1/n + 1/m) E|a - a'|, so that values are
    comparable only at equal n and m.  In one dimension it is the square of `scipy.stats.energy_distance`.
    NaN if a sample is not finite; raises `ValueError` for shapes that differ.  Szekely and Rizzo 2013, Energy
    statistics.

    >>> energy_distance([[0.0], [2.0]], [[1.0], [3.0]])
    1.0
    """
    x, y = matching_rows(a, b)
    distance = 2 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)
    return float(np.maximum(distance, 0.0))  # rounding can leave -1e-16; a NaN stays one


def energy_floor(real: ArrayLike, seed: int = 0) -> float:
    """Return the energy distance between random halves of real data, averaged over 32 splits.

    It is the value that a perfect generator would reach with n/2 fakes and n/2 data, twice that with n and n.
    A single split is noisy: on `ring8`, where the halves differ in the counts of each mode, it varies by 70
    %.  Raises `ValueError` for fewer than four data.

    >>> x = np.random.default_rng(0).normal(size=(200, 2))
    >>> round(energy_floor(x), 3)
    0.038
    """
    from scipy.spatial.distance import cdist  # here, for it takes long to import

    x = rows(real, "real")
    signs = random_halves(len(x), seed)
    # For halves of size h, signs s in {1, -1} per datum and the matrix D of all distances, the energy
    # distance is -s'Ds / h^2, so that D is computed only once for all splits.
    total = np.zeros(SPLITS)
    for part in chunks(len(x), len(x)):
        total += ((cdist(x[part], x) @ signs) * signs[part]).sum(0)
    return float(-total.mean() / (len(x) // 2) ** 2)


def frechet(a: ArrayLike, b: ArrayLike) -> float:
    """Return |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)), the squared Frechet distance of Gaussians.

    `a` (n, d) and `b` (m, d) are rows of features, to which the Gaussians are fitted: m_a and m_b are their
    means, C_a and C_b their covariances, which are unbiased and may be singular.  The value falls with n, so
    that values are comparable only at equal n and m.  NaN if a feature is not finite; raises `ValueError` for
    fewer than two rows of either, and for different d.  Heusel et al. 2017, arXiv:1706.08500, equation 6,
    after Dowson and Landau 1982.

    >>> frechet([[0.0], [2.0]], [[3.0], [5.0]])  # equal variances, means 3 apart
    9.0
    """
    x, y = matching_rows(a, b)
    return frechet_moments(moments([x]), moments([y]))


def wasserstein_1d(a: ArrayLike, b: ArrayLike) -> float:
    """Return the Wasserstein-1 distance, the integral of |F_a - F_b|, of samples (n,) and (m,).

    Samples may also be (n, 1) and (m, 1).  In the samples' unit; raises `ValueError` for more dimensions.

    >>> wasserstein_1d([0.0, 1.0], [2.0, 3.0])
    2.0
    """
    from scipy.stats import wasserstein_distance  # here, for it takes long to import

    x, y = rows(a, "a"), rows(b, "b")
    if x.shape[1] != 1 or y.shape[1] != 1:
        raise ValueError(f"wasserstein_1d needs one number a sample, not {x.shape[1]} and {y.shape[1]}")
    return float(wasserstein_distance(x[:, 0], y[:, 0]))


def random_halves(n: int, seed: int = 0) -> Floats:
    """Return 32 random splits of n data into two equal halves, float64 (n, 32), one column per split.

    An entry is 1 for a datum in the first half and -1 for a datum in the second half; if n is odd, one datum
    of each split has 0.  Raises `ValueError` for fewer than four data.
    """
    if n < 4:
        raise ValueError(f"a floor needs at least four data, not {n}")
    sides = np.zeros(n)
    sides[: n // 2], sides[n // 2 : n // 2 * 2] = 1.0, -1.0
    return np.random.default_rng(seed).permuted(np.tile(sides[:, None], SPLITS), axis=0)


def _mean_distance(a: Floats, b: Floats) -> float:
    from scipy.spatial.distance import cdist

    total = sum(float(cdist(a[part], b).sum()) for part in chunks(len(a), len(b)))
    return total / (len(a) * len(b))
