"""Memorisation: whether samples are copies of training pictures."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import adaptive_avg_pool2d

from sparring.metrics.rows import Floats, Ints

SIDE = 32
"""Largest side in pixels at which pictures are compared."""

CLOSE = 0.01
"""Quantile of the held-out pictures' distances to the training pictures below which a sample is a copy."""


def shrunk(x: np.ndarray) -> NDArray[np.float32]:
    """Average pictures uint8 (n, h, w, c) to at most 32x32; return rows of pixels, 0 to 255, float32 (n, d).

    Rows are divided by sqrt(d), so that distances between them are root mean square pixel differences.
    """
    maps = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))).float()
    small = adaptive_avg_pool2d(maps, (min(SIDE, x.shape[1]), min(SIDE, x.shape[2]))).flatten(1)
    rows: NDArray[np.float32] = (small / small.shape[1] ** 0.5).numpy()
    return rows


def nearest(x: np.ndarray, parts: Iterable[np.ndarray], k: int = 1) -> tuple[Floats, Ints]:
    """Return distances and indices of the k nearest rows in all parts to each row of `x` (n, d).

    Distances are Euclidean.  Both results are (n, k), by ascending distance, with fewer columns if there are
    fewer rows in all parts; indices count rows through the parts in their order.  Only one part (m, d) is in
    memory at a time.  Raises `ValueError` if there is no row in any part.
    """
    from sklearn.neighbors import NearestNeighbors  # here, for it takes long to import

    distance, index, before = np.empty((len(x), 0)), np.empty((len(x), 0), np.int64), 0
    for part in parts:
        at_most = min(k, len(part))
        distances, indices = NearestNeighbors(n_neighbors=at_most, algorithm="brute").fit(part).kneighbors(x)
        distance, index = np.hstack([distance, distances]), np.hstack([index, indices + before])
        order = np.argsort(distance, axis=1, kind="stable")[:, :k]
        distance, index = np.take_along_axis(distance, order, 1), np.take_along_axis(index, order, 1)
        before += len(part)
    if not before:
        raise ValueError("no rows to be near to")
    return distance, index


def copies(fake: Floats, held_out: Floats) -> Floats:
    """Return for each sample, float64 (n,), 1 if it counts as a copy of a training picture, else 0.

    `fake` (n,) and `held_out` (m,) are distances to the nearest training picture, of samples and of held-out
    pictures.  A sample is a copy if its distance is below the 1 % quantile of `held_out`.  For a generator
    without memorisation 1 % of the samples count as copies.
    """
    mask: Floats = (fake < np.quantile(held_out, CLOSE)).astype(np.float64)
    return mask
