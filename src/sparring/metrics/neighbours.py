"""Whether samples lie where the data lie, and the data where the samples do, by balls to near neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, alike

CHUNK = 2**22
"""Distances held at once, 32 MiB of them."""


def precision_recall(real: ArrayLike, fake: ArrayLike, k: int = 3) -> tuple[Floats, Floats]:
    """Which fakes lie in the data's balls, (m,), and which data in the fakes', (n,): 1 or 0 each.

    A ball reaches from a row to its k-th nearest neighbour in its own sample.  Their means are precision and
    recall.  `real` (n, d) and `fake` (m, d), more than k rows of each, else `ValueError`.
    Kynkaanniemi et al. 2019, arXiv:1904.06991, equations 1 and 2.
    """
    one, other = alike(real, fake, ("real", "fake"))
    about_real, about_fake = _radii(one, k), _radii(other, k)
    inside, reached = np.zeros(len(other)), np.zeros(len(one))
    for rows, apart in _distances(one, other):
        inside = np.maximum(inside, (apart <= about_real[rows, None]).any(0))
        reached[rows] = (apart <= about_fake).any(1)
    return inside, reached


def density_coverage(real: ArrayLike, fake: ArrayLike, k: int = 5) -> tuple[Floats, Floats]:
    """In how many of the data's balls each fake lies, over k, (m,), and whose balls hold a fake, (n,).

    Their means are density, which may exceed 1, and coverage, in [0, 1]; of two samples of one distribution
    they are about 1 and 1 - 2^-k.  Rows and errors as in `precision_recall`.
    Naeem et al. 2020, arXiv:2002.09797, equations 4 and 5.
    """
    one, other = alike(real, fake, ("real", "fake"))
    about_real = _radii(one, k)
    held, covered = np.zeros(len(other)), np.zeros(len(one))
    for rows, apart in _distances(one, other):
        within = apart <= about_real[rows, None]
        held += within.sum(0)
        covered[rows] = within.any(1)
    return held / k, covered


def _radii(x: Floats, k: int) -> Floats:
    from sklearn.neighbors import NearestNeighbors  # here, for it takes long to import

    if not 0 < k < len(x):
        raise ValueError(f"a {k}-th neighbour needs more than {k} rows, not {len(x)}")
    # Without rows of their own it looks for neighbours of those it was given, none its own neighbour.
    found: Floats = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(x).kneighbors()[0][:, -1]
    return found


def _distances(a: Floats, b: Floats) -> Iterator[tuple[slice, Floats]]:
    from sklearn.metrics.pairwise import euclidean_distances

    step = max(1, CHUNK // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, min(start + step, len(a)))
        yield rows, euclidean_distances(a[rows], b)
