"""Precision, recall, density and coverage, by balls to the k-th nearest neighbour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, chunks, matching_rows


def precision_recall(real: ArrayLike, fake: ArrayLike, k: int = 3) -> tuple[Floats, Floats]:
    """Return whether each fake lies in a ball of the data, (m,), and each datum in a ball of the fakes, (n,).

    Entries are 1 or 0.  The first array has 1 for a fake that lies in a ball around at least one row of
    `real` (n, d); the second has 1 for a datum that lies in a ball around at least one row of `fake` (m, d).
    The radius of a row's ball is the distance to its k-th nearest neighbour in its own sample.  The means are
    precision and recall.  `real` and `fake` need more than k rows each, else `ValueError`.
    Kynkaanniemi et al. 2019, arXiv:1904.06991, equations 1 and 2.

    >>> real, fake = [[0.0], [1.0], [2.0], [3.0]], [[0.1], [0.2], [0.3], [0.4]]
    >>> inside, reached = precision_recall(real, fake)
    >>> float(inside.mean()), float(reached.mean())
    (1.0, 0.25)
    """
    x, y = matching_rows(real, fake, ("real", "fake"))
    about_real, about_fake = _radii(x, k), _radii(y, k)
    inside, reached = np.zeros(len(y)), np.zeros(len(x))
    for rows, distances in _distances(x, y):
        inside = np.maximum(inside, (distances <= about_real[rows, None]).any(0))
        reached[rows] = (distances <= about_fake).any(1)
    return inside, reached


def density_coverage(real: ArrayLike, fake: ArrayLike, k: int = 5) -> tuple[Floats, Floats]:
    """Return for each fake, (m,), its density, and for each datum, (n,), whether its ball contains a fake.

    A datum's ball reaches to its k-th nearest neighbour in `real` (n, d).  The density of a row of `fake` (m,
    d) is the number of these balls that contain it, divided by k.  The second array has 1 or 0.  The means
    are density, which may exceed 1, and coverage, in [0, 1]; they are about 1 and 1 - 2^-k for two samples of
    one distribution.  Raises `ValueError` unless `real` has more than k rows.
    Naeem et al. 2020, arXiv:2002.09797, equations 4 and 5.

    >>> real, fake = [[0.0], [1.0], [2.0], [3.0]], [[0.1], [0.2], [0.3], [0.4]]
    >>> density, covered = density_coverage(real, fake, k=1)
    >>> float(density.mean()), float(covered.mean())
    (2.0, 0.5)
    """
    x, y = matching_rows(real, fake, ("real", "fake"))
    about_real = _radii(x, k)
    counts, covered = np.zeros(len(y)), np.zeros(len(x))
    for rows, distances in _distances(x, y):
        within = distances <= about_real[rows, None]
        counts += within.sum(0)
        covered[rows] = within.any(1)
    return counts / k, covered


def _radii(x: Floats, k: int) -> Floats:
    from sklearn.neighbors import NearestNeighbors  # here, for it takes long to import

    if not 0 < k < len(x):
        raise ValueError(f"a {k}-th neighbour needs more than {k} rows, not {len(x)}")
    # Without an argument `kneighbors` excludes each row from its own neighbours.
    radii: Floats = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x).kneighbors()[0][:, -1]
    return radii


def _distances(a: Floats, b: Floats) -> Iterator[tuple[slice, Floats]]:
    from sklearn.metrics.pairwise import euclidean_distances

    for rows in chunks(len(a), len(b)):
        yield rows, euclidean_distances(a[rows], b)
