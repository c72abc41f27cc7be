"""Cells that part the space of features: classes where data have labels, else k-means cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, Ints, alike, histogram, labels, rows

COUNT = 10
"""Cells where there are no labels: with 256 samples chance alone stays below 0.15 of total variation."""


@dataclass(frozen=True, eq=False)
class Cells:
    """A sample lies in the cell of the nearest of these points."""

    points: Floats
    """(m, d)."""
    owner: Ints
    """The cell of each point, (m,), in [0, k)."""
    shares: Floats
    """The share of the data in each cell, (k,), all positive."""

    def of(self, features: ArrayLike) -> Ints:
        """The cell of each row, int64 (n,); -1 where it is not finite."""
        from scipy.spatial import cKDTree  # here, for it takes long to import

        found, _ = alike(features, self.points, ("features", "points"))
        sound = np.isfinite(found).all(1)
        assigned = np.full(len(found), -1, np.int64)
        assigned[sound] = self.owner[cKDTree(self.points).query(found[sound])[1]]
        return assigned

    def histogram(self, cells: Ints) -> Floats:
        """The share of samples in each cell, (k,), of those `cells` (n,) that are not -1; NaN without any."""
        there = cells[cells >= 0]
        if not len(there):
            return np.full(len(self.shares), np.nan)
        return histogram(there, len(self.shares), "cells") / len(there)


def cells(features: ArrayLike, y: ArrayLike | None = None, count: int = COUNT, seed: int = 0) -> Cells:
    """The cells of data's features (n, d): by labels `y` (n,) where given, else `count` k-means cells.

    Data labelled -1 are left out; with labels each datum is a point of its class, so that a sample is of the
    class of its nearest datum.  The same seed gives the same cells.  `ValueError` where fewer than two cells
    come out.
    """
    found = rows(features, "features")
    if y is not None:
        return _by_label(found, labels(y, "y", len(found)))
    from sklearn.cluster import KMeans  # here, for it takes long to import

    count = min(count, len(np.unique(found, axis=0)))
    if count < 2:
        raise ValueError("cells need at least two different data")
    fitted = KMeans(count, n_init=4, random_state=seed).fit(found)
    shares = np.bincount(fitted.labels_, minlength=count) / len(found)
    return Cells(fitted.cluster_centers_.astype(np.float64), np.arange(count), shares)


def _by_label(found: Floats, y: Ints) -> Cells:
    known = y >= 0
    classes, owner = np.unique(y[known], return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"cells need labels of at least two classes, not {len(classes)}")
    return Cells(found[known], owner.astype(np.int64), np.bincount(owner) / len(owner))
