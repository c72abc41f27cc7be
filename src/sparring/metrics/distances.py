"""How far two samples are apart, and how far two samples of the same truth would be."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.moments import frechet_moments, moments
from sparring.metrics.rows import Floats, alike, rows

CHUNK = 2**22
"""Distances held at once, 32 MiB of them."""

SPLITS = 32
"""Splits that a floor is the mean of."""


def energy_distance(a: ArrayLike, b: ArrayLike) -> float:
    """2 E|a - b| - E|a - a'| - E|b - b'| >= 0, in the samples' own unit; |.| is Euclidean.

    `a` (n, ...) and `b` (m, ...) are points or pictures, the latter laid flat.  This is the V-statistic: the
    means run over all pairs, a sample with itself included, so that it is never negative and its floor never
    zero; samples of one distribution give about (1/n + 1/m) E|a - a'|, wherefore numbers are comparable at
    equal n and m alone.  In one dimension it is the square of `scipy.stats.energy_distance`.  NaN where a
    sample is not finite; `ValueError` for shapes that do not fit.  Szekely and Rizzo 2013, Energy statistics.
    """
    one, other = alike(a, b)
    apart = 2 * _mean_distance(one, other) - _mean_distance(one, one) - _mean_distance(other, other)
    return float(np.maximum(apart, 0.0))  # rounding can leave -1e-16; a NaN stays one


def energy_floor(real: ArrayLike, seed: int = 0) -> float:
    """The energy distance between random halves of real data, a mean over 32 splits: a perfect generator's.

    One split alone says little: on `ring8`, where the halves differ in how many they drew of each mode, it
    varies by 70 %.  With n data it is the floor of a distance between n/2 fakes and n/2 data, twice that at n
    and n.  `ValueError` for fewer than four data.
    """
    from scipy.spatial.distance import cdist  # here, for it takes long to import

    found = rows(real, "real")
    signs = splits(len(found), seed)
    # For equal halves h, with a sign s for each datum, the three means are -s'Ds / h^2, D all distances: all
    # splits cost what one does.
    total, step = np.zeros(SPLITS), max(1, CHUNK // len(found))
    for i in range(0, len(found), step):
        total += ((cdist(found[i : i + step], found) @ signs) * signs[i : i + step]).sum(0)
    return float(-total.mean() / (len(found) // 2) ** 2)


def frechet(a: ArrayLike, b: ArrayLike) -> float:
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)): the squared Frechet distance of fitted Gaussians.

    `a` (n, d) and `b` (m, d) are rows of features, two at least of each; the covariances are unbiased and may
    be singular.  It falls as n grows, so that numbers are comparable at equal n and m alone.  NaN where a
    feature is not finite.  Heusel et al. 2017, arXiv:1706.08500, equation 6, after Dowson and Landau 1982.
    """
    one, other = alike(a, b)
    return frechet_moments(moments([one]), moments([other]))


def wasserstein_1d(a: ArrayLike, b: ArrayLike) -> float:
    """The integral of |F_a - F_b| over the line, W1, of samples (n,) or (n, 1) and (m,) or (m, 1).

    In the samples' own unit; `ValueError` for more than one dimension.
    """
    from scipy.stats import wasserstein_distance  # here, for it takes long to import

    one, other = rows(a, "a"), rows(b, "b")
    if one.shape[1] != 1 or other.shape[1] != 1:
        raise ValueError(f"wasserstein_1d needs one number a sample, not {one.shape[1]} and {other.shape[1]}")
    return float(wasserstein_distance(one[:, 0], other[:, 0]))


def splits(n: int, seed: int = 0) -> Floats:
    """Random splits of n data into equal halves, (n, 32): 1 in one, -1 in the other, 0 for an odd one out.

    `ValueError` for fewer than four data.
    """
    if n < 4:
        raise ValueError(f"a floor needs at least four data, not {n}")
    sides = np.zeros(n)
    sides[: n // 2], sides[n // 2 : n // 2 * 2] = 1.0, -1.0
    return np.random.default_rng(seed).permuted(np.tile(sides[:, None], SPLITS), axis=0)


def _mean_distance(a: Floats, b: Floats) -> float:
    from scipy.spatial.distance import cdist

    step = max(1, CHUNK // len(b))
    total = sum(float(cdist(a[i : i + step], b).sum()) for i in range(0, len(a), step))
    return total / (len(a) * len(b))
