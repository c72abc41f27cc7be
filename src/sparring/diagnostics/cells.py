"""Partition of feature space into cells: classes where data have labels, else k-means clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, Ints, histogram, labels, matching_rows, rows

COUNT = 10
"""Number of cells without labels: for 256 samples, chance alone gives a total variation below 0.15."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of feature space; a sample belongs to the cell of its nearest point."""

    points: Floats
    """(m, d)."""
    owner: Ints
    """The cell of each point, (m,), in [0, k)."""
    shares: Floats
    """The share of the data in each cell, (k,), all positive."""

    def of(self, features: ArrayLike) -> Ints:
        """Return the cell of each row of `features` (n, d), int64 (n,); -1 for a row that is not finite."""
        from scipy.spatial import cKDTree  # here, for it takes long to import

        samples, _ = matching_rows(features, self.points, ("features", "points"))
        finite = np.isfinite(samples).all(1)
        assigned = np.full(len(samples), -1, np.int64)
        assigned[finite] = self.owner[cKDTree(self.points).query(samples[finite])[1]]
        return assigned

    def histogram(self, cells: Ints) -> Floats:
        """Return the share of samples in each cell, (k,), in sum 1, from the cell of each sample, (n,).

        Entries of `cells` that are -1 are left out; all shares are NaN if no entry is left.
        """
        assigned = cells[cells >= 0]
        if not len(assigned):
            return np.full(len(self.shares), np.nan)
        return histogram(assigned, len(self.shares), "cells") / len(assigned)


def cells(features: ArrayLike, y: ArrayLike | None = None, count: int = COUNT, seed: int = 0) -> Cells:
    """Return a partition of feature space into cells, from the data's `features` (n, d).

    With labels `y`, integers (n,), each class is a cell, and each datum is a point of its class, so that a
    sample gets the class of its nearest datum; data labelled -1 are left out. Without labels there are
    `count` k-means clusters, or as many as there are different data if these are fewer. The same seed gives
    the same cells. `ValueError` for fewer than two cells.
    """
    data = rows(features, "features")
    if y is not None:
        return _label_cells(data, labels(y, "y", len(data)))
    from sklearn.cluster import KMeans  # here, for it takes long to import

    count = min(count, len(np.unique(data, axis=0)))
    if count < 2:
        raise ValueError("cells need at least two different data")
    fitted = KMeans(count, n_init=4, random_state=seed).fit(data)
    shares = np.bincount(fitted.labels_, minlength=count) / len(data)
    return Cells(fitted.cluster_centers_.astype(np.float64), np.arange(count), shares)


def _label_cells(data: Floats, y: Ints) -> Cells:
    known = y >= 0
    classes, owner = np.unique(y[known], return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"cells need labels of at least two classes, not {len(classes)}")
    return Cells(data[known], owner.astype(np.int64), np.bincount(owner) / len(owner))
