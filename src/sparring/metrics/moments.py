"""Mean and covariance of rows that come in parts, and the Frechet distance of the fitted Gaussians."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, rows


@dataclass(frozen=True, eq=False)
class RowMoments:
    """Count, mean and scatter of rows (n, d), in float64; memory is independent of n."""

    count: int
    mean: Floats
    """(d,)."""
    scatter: Floats
    """Sum of the outer products of the centred rows, (d, d)."""

    @property
    def covariance(self) -> Floats:
        """The unbiased covariance, scatter / (count - 1), (d, d); it needs a count of at least two."""
        covariance: Floats = self.scatter / (self.count - 1)
        return covariance


def moments(parts: Iterable[ArrayLike]) -> RowMoments:
    """Return the moments of all rows of all parts, each (n, d); only one part is in memory at a time.

    Raises `ValueError` if there is no part, or if parts differ in width.
    """
    part_moments = map(_part, parts)
    first = next(part_moments, None)
    if first is None:
        raise ValueError("no part, so no moments")
    return reduce(merge, part_moments, first)


def merge(a: RowMoments, b: RowMoments) -> RowMoments:
    """Return the moments of the union of two sets of rows; raises `ValueError` for rows of different widths.

    Chan, Golub and LeVeque 1979, Updating formulae and a pairwise algorithm, equation 2.1.  Unlike sums of
    squares it does not lose precision if the mean is large relative to the standard deviation.
    """
    if a.mean.shape != b.mean.shape:
        raise ValueError(f"rows of {len(a.mean)} and of {len(b.mean)} numbers have no moments in common")
    count, difference = a.count + b.count, b.mean - a.mean
    mean = a.mean + difference * (b.count / count)
    scatter = a.scatter + b.scatter + np.outer(difference, difference) * (a.count * b.count / count)
    return RowMoments(count, mean, scatter)


def frechet_moments(a: RowMoments, b: RowMoments) -> float:
    """Return |m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)) >= 0, with means m and unbiased covariances C.

    NaN if a moment is not finite; raises `ValueError` if `a` or `b` has fewer than two rows.
    """
    if min(a.count, b.count) < 2:
        raise ValueError(f"frechet needs at least two rows of each, not {a.count} and {b.count}")
    if not all(np.isfinite(values).all() for m in (a, b) for values in (m.mean, m.scatter)):
        return float("nan")
    root_a, root_b = _root(a.covariance), _root(b.covariance)
    # With roots R_a, R_b of the covariances, tr (C_a C_b)^(1/2) is the sum of the singular values of R_a R_b.
    # No product of covariances is formed, so that eigenvalues near 0 keep their precision.
    shared = np.linalg.svd(root_a @ root_b, compute_uv=False).sum()
    spread = np.square(root_a).sum() + np.square(root_b).sum() - 2 * shared
    return float(max(0.0, np.square(a.mean - b.mean).sum() + spread))


def _part(x: ArrayLike) -> RowMoments:
    values = rows(x, "a part")
    mean = values.mean(0)
    with np.errstate(invalid="ignore"):  # infinite rows give NaN moments, which `frechet_moments` handles
        centred = values - mean
        return RowMoments(len(values), mean, centred.T @ centred)


def _root(covariance: Floats) -> Floats:
    """Return the symmetric square root of a covariance, (d, d)."""
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root
