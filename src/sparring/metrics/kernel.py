"""Distances that are means over pairs: the kernel distance, and either distance without some samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.resampling import GROUPS, grouped
from sparring.metrics.rows import Floats, Ints, alike

CHUNK = 2**22
"""Pairs held at once, 32 MiB of them."""

FEW = 64
"""Rows that are paired with each other at once, where each is wanted with itself alone."""

Kernel = Callable[[Floats, Floats], Floats]
"""A number for each pair of rows (n, d) and (m, d), (n, m)."""


def kernel_distance(a: ArrayLike, b: ArrayLike) -> float:
    """The unbiased squared maximum mean discrepancy of rows (n, d) and (m, d) with k = (x.y / d + 1)^3.

    The mean of k over pairs within `a` and within `b`, no row with itself, less twice its mean between them:
    0 on average for samples of one distribution, whatever n and m, and then as often below it.  The paper
    averages this over small subsets, to save memory; here all pairs count, in chunks, which is the same
    estimate with less chance in it.  Known as KID where rows are features.  `ValueError` for fewer than two
    rows.  Binkowski et al. 2018, arXiv:1801.01401, section 4; Gretton et al. 2012, equation 3.
    """
    one, other = alike(a, b)
    if min(len(one), len(other)) < 2:
        raise ValueError(f"a kernel distance needs two rows of each, not {len(one)} and {len(other)}")
    return _unbiased(_pairs([one], [other], cubic), np.ones(1, bool))


def kernel_left_out(a: ArrayLike, b: ArrayLike, groups: int = GROUPS) -> list[float]:
    """`kernel_distance` without each of `groups` groups of either sample, for `resampling.jackknifed`."""
    return _left_out(a, b, groups, cubic, _unbiased)


def energy_left_out(a: ArrayLike, b: ArrayLike, groups: int = GROUPS) -> list[float]:
    """`distances.energy_distance` without each of `groups` groups of either sample."""
    return _left_out(a, b, groups, _euclidean, _with_selves)


def cubic(x: Floats, y: Floats) -> Floats:
    """(x.y / d + 1)^3 for each pair of rows (n, d) and (m, d), (n, m)."""
    found: Floats = (x @ y.T / x.shape[1] + 1) ** 3
    return found


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Sums of a kernel over the pairs of groups of rows, no row with itself, (g, g), and their sizes."""

    aa: Floats
    bb: Floats
    ab: Floats
    n: Ints
    m: Ints


def _pairs(a: list[Floats], b: list[Floats], kernel: Kernel) -> _Pairs:
    n, m = (np.array([len(group) for group in groups], np.int64) for groups in (a, b))
    aa, bb = (_sums(groups, groups, kernel) - np.diag(_selves(groups, kernel)) for groups in (a, b))
    return _Pairs(aa, bb, _sums(a, b, kernel), n, m)


def _selves(groups: list[Floats], kernel: Kernel) -> list[float]:
    def total(x: Floats) -> float:
        few = [x[i : i + FEW] for i in range(0, len(x), FEW)]
        return sum(float(np.trace(kernel(part, part))) for part in few)

    return [total(group) for group in groups]


def _sums(a: list[Floats], b: list[Floats], kernel: Kernel) -> Floats:
    return np.array([[_sum(one, other, kernel) for other in b] for one in a])


def _sum(a: Floats, b: Floats, kernel: Kernel) -> float:
    step = max(1, CHUNK // len(b))
    return sum(float(kernel(a[i : i + step], b).sum()) for i in range(0, len(a), step))


def _left_out(
    a: ArrayLike, b: ArrayLike, groups: int, kernel: Kernel, distance: Callable[[_Pairs, np.ndarray], float]
) -> list[float]:
    one, other = alike(a, b)
    pairs = _pairs(grouped(one, groups), grouped(other, groups), kernel)
    return [distance(pairs, np.arange(groups) != g) for g in range(groups)]


def _unbiased(p: _Pairs, kept: np.ndarray) -> float:
    n, m, both = int(p.n[kept].sum()), int(p.m[kept].sum()), np.ix_(kept, kept)
    within = p.aa[both].sum() / (n * (n - 1)) + p.bb[both].sum() / (m * (m - 1))
    return float(within - 2 * p.ab[both].sum() / (n * m))


def _with_selves(p: _Pairs, kept: np.ndarray) -> float:
    n, m, both = int(p.n[kept].sum()), int(p.m[kept].sum()), np.ix_(kept, kept)
    return float(2 * p.ab[both].sum() / (n * m) - p.aa[both].sum() / n**2 - p.bb[both].sum() / m**2)


def _euclidean(x: Floats, y: Floats) -> Floats:
    from scipy.spatial.distance import cdist  # here, for it takes long to import

    found: Floats = cdist(x, y)
    return found
