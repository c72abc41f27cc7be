"""Mean and covariance of rows that come in parts, and how far two Gaussians that fit them are apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, rows


@dataclass(frozen=True, eq=False)
class Moments:
    """What is kept of rows (n, d), however many: d^2 numbers, in float64."""

    count: int
    mean: Floats
    """(d,)."""
    scatter: Floats
    """The sum of the centred rows' outer products, (d, d)."""

    @property
    def covariance(self) -> Floats:
        """The unbiased covariance, (d, d)."""
        found: Floats = self.scatter / (self.count - 1)
        return found


def moments(parts: Iterable[ArrayLike]) -> Moments:
    """The moments of all rows of all parts, each (n, d); no more than one part is held at a time.

    `ValueError` where there is no part, or one of another width.
    """
    found = map(_part, parts)
    first = next(found, None)
    if first is None:
        raise ValueError("no part, so no moments")
    return reduce(merged, found, first)


def merged(a: Moments, b: Moments) -> Moments:
    """The moments of two sets of rows together.

    Chan, Golub and LeVeque 1979, Updating formulae and a pairwise algorithm, equation 2.1: unlike sums of
    squares it loses no digits where the mean is large against the spread.
    """
    if a.mean.shape != b.mean.shape:
        raise ValueError(f"rows of {len(a.mean)} and of {len(b.mean)} numbers have no moments in common")
    count, apart = a.count + b.count, b.mean - a.mean
    mean = a.mean + apart * (b.count / count)
    scatter = a.scatter + b.scatter + np.outer(apart, apart) * (a.count * b.count / count)
    return Moments(count, mean, scatter)


def frechet_moments(a: Moments, b: Moments) -> float:
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)) >= 0; see `distances.frechet`.

    NaN where a moment is not finite; `ValueError` for fewer than two rows of either.
    """
    if min(a.count, b.count) < 2:
        raise ValueError(f"frechet needs at least two rows of each, not {a.count} and {b.count}")
    if not all(np.isfinite(values).all() for m in (a, b) for values in (m.mean, m.scatter)):
        return float("nan")
    root_a, root_b = _root(a.covariance), _root(b.covariance)
    # With roots R_a, R_b of the covariances, tr (C_a C_b)^(1/2) is the sum of the singular values of R_a R_b:
    # no product of covariances is formed, so that eigenvalues near 0 keep their digits.
    shared = np.linalg.svd(root_a @ root_b, compute_uv=False).sum()
    spread = np.square(root_a).sum() + np.square(root_b).sum() - 2 * shared
    return float(max(0.0, np.square(a.mean - b.mean).sum() + spread))


def _part(x: ArrayLike) -> Moments:
    found = rows(x, "a part")
    mean = found.mean(0)
    with np.errstate(invalid="ignore"):  # infinite rows make moments that are no numbers, which is said later
        centred = found - mean
        return Moments(len(found), mean, centred.T @ centred)


def _root(covariance: Floats) -> Floats:
    """The symmetric root of a covariance, (d, d)."""
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root
