"""Whether samples are training pictures over again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import adaptive_avg_pool2d

from sparring.metrics.rows import Floats, Ints

SIDE = 32
"""Pictures are compared at this many pixels a side at most."""

CLOSE = 0.01
"""The share of held-out pictures that are as near to a training picture as what counts as a copy."""


def shrunk(x: np.ndarray) -> NDArray[np.float32]:
    """Pictures uint8 (n, h, w, c) as rows, float32 (n, d), of pixels 0 to 255 averaged to 32x32 at most.

    Divided by the root of d, so that distances between rows are root mean squares of a pixel's difference.
    """
    found = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))).float()
    small = adaptive_avg_pool2d(found, (min(SIDE, x.shape[1]), min(SIDE, x.shape[2]))).flatten(1)
    rows: NDArray[np.float32] = (small / small.shape[1] ** 0.5).numpy()
    return rows


def nearest(x: np.ndarray, parts: Iterable[np.ndarray], k: int = 1) -> tuple[Floats, Ints]:
    """The distances, ascending, from each row of `x` (n, d) to its k nearest among the rows of all parts.

    And these rows' numbers, counted through the parts; (n, k) both, fewer columns where there are fewer
    rows.  One part (m, d) is held at a time.  `ValueError` without any.
    """
    from sklearn.neighbors import NearestNeighbors  # here, for it takes long to import

    distance, index, before = np.empty((len(x), 0)), np.empty((len(x), 0), np.int64), 0
    for part in parts:
        at_most = min(k, len(part))
        apart, at = NearestNeighbors(n_neighbors=at_most, algorithm="brute").fit(part).kneighbors(x)
        distance, index = np.hstack([distance, apart]), np.hstack([index, at + before])
        order = np.argsort(distance, axis=1, kind="stable")[:, :k]
        distance, index = np.take_along_axis(distance, order, 1), np.take_along_axis(index, order, 1)
        before += len(part)
    if not before:
        raise ValueError("no rows to be near to")
    return distance, index


def copies(fake: Floats, held: Floats) -> Floats:
    """Which samples count as copies, (n,), 1 or 0: those nearer to a training picture than real ones are.

    `fake` (n,) and `held` (m,) are distances to the nearest training picture, of samples and of held-out
    pictures; nearer means than the 1 % quantile of the latter.  A generator whose pictures are new, and as
    near to the training pictures as other real ones, has one in a hundred.
    """
    found: Floats = (fake < np.quantile(held, CLOSE)).astype(np.float64)
    return found
