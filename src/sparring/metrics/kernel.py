"""The kernel distance (KID), and jackknife values of the kernel and energy distances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.resampling import GROUPS, split_into_groups
from sparring.metrics.rows import Floats, Ints, chunks, matching_rows

FEW = 64
"""Chunk of rows for computing the diagonal of a kernel matrix."""

Kernel = Callable[[Floats, Floats], Floats]
"""Maps rows (n, d) and (m, d) to a number per pair, (n, m)."""


def kernel_distance(a: ArrayLike, b: ArrayLike) -> float:
    """Return the unbiased squared maximum mean discrepancy of rows (n, d), (m, d) with k = (x.y / d + 1)^3.

    The mean of k over pairs of rows of `a`, plus the mean over pairs of rows of `b`, both without pairs of a
    row with itself, minus twice the mean over pairs of a row of `a` and a row of `b`.  Its expectation is 0
    for samples of one distribution, for all n and m, so that negative values occur.  The paper averages it
    over small subsets to save memory; here all pairs are used, in chunks, which has the same expectation and
    a lower variance.  Known as KID if rows are features.  Raises `ValueError` for fewer than two rows.
    Binkowski et al. 2018, arXiv:1801.01401, section 4; Gretton et al. 2012, equation 3.

    >>> kernel_distance([[0.0], [1.0]], [[0.0], [1.0]])
    -3.5
    """
    x, y = matching_rows(a, b)
    if min(len(x), len(y)) < 2:
        raise ValueError(f"a kernel distance needs two rows of each, not {len(x)} and {len(y)}")
    return _unbiased(_pairs([x], [y], cubic_kernel), np.ones(1, bool))


def kernel_jackknife(a: ArrayLike, b: ArrayLike, groups: int = GROUPS) -> list[float]:
    """Return the `groups` values of `kernel_distance` with one group of rows left out, for a jackknife.

    Each sample, `a` (n, d) and `b` (m, d), is split into `groups` consecutive groups of nearly equal size;
    value g is computed without group g of `a` and without group g of `b`.  Raises `ValueError` for fewer than
    2 * `groups` rows.
    """
    return _left_out(a, b, groups, cubic_kernel, _unbiased)


def energy_jackknife(a: ArrayLike, b: ArrayLike, groups: int = GROUPS) -> list[float]:
    """Return the `groups` values of `distances.energy_distance` with one group of rows left out.

    Groups and errors are those of `kernel_jackknife`.
    """
    return _left_out(a, b, groups, _euclidean, _with_selves)


def cubic_kernel(x: Floats, y: Floats) -> Floats:
    """Return (x_i . y_j / d + 1)^3 for each row x_i of `x` (n, d) and y_j of `y` (m, d), as (n, m)."""
    values: Floats = (x @ y.T / x.shape[1] + 1) ** 3
    return values


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Sums of a kernel over each pair of groups, (g, g), no row with itself, and the sizes of the groups."""

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
    return np.array([[_sum(x, y, kernel) for y in b] for x in a])


def _sum(a: Floats, b: Floats, kernel: Kernel) -> float:
    return sum(float(kernel(a[part], b).sum()) for part in chunks(len(a), len(b)))


def _left_out(
    a: ArrayLike, b: ArrayLike, groups: int, kernel: Kernel, distance: Callable[[_Pairs, np.ndarray], float]
) -> list[float]:
    x, y = matching_rows(a, b)
    pairs = _pairs(split_into_groups(x, groups), split_into_groups(y, groups), kernel)
    return [distance(pairs, np.arange(groups) != g) for g in range(groups)]


def _unbiased(p: _Pairs, mask: np.ndarray) -> float:
    n, m, both = int(p.n[mask].sum()), int(p.m[mask].sum()), np.ix_(mask, mask)
    within = p.aa[both].sum() / (n * (n - 1)) + p.bb[both].sum() / (m * (m - 1))
    return float(within - 2 * p.ab[both].sum() / (n * m))


def _with_selves(p: _Pairs, mask: np.ndarray) -> float:
    n, m, both = int(p.n[mask].sum()), int(p.m[mask].sum()), np.ix_(mask, mask)
    return float(2 * p.ab[both].sum() / (n * m) - p.aa[both].sum() / n**2 - p.bb[both].sum() / m**2)


def _euclidean(x: Floats, y: Floats) -> Floats:
    from scipy.spatial.distance import cdist  # here, for it takes long to import

    distances: Floats = cdist(x, y)
    return distances
