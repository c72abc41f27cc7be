"""Smooth random fields for textures."""

from __future__ import annotations

import numpy as np


def smooth(n: int, size: tuple[int, int], draw: np.random.Generator, cells: int = 4) -> np.ndarray:
    """Return `n` random fields in [0, 1], float32 (n, height, width), for `size` (height, width).

    They are independent and uniform on [0, 1] at `cells` x `cells` evenly spaced knots, at least 2 x 2, and
    interpolated along each axis by a cosine in between.
    """
    knots = draw.random((n, cells, cells), dtype=np.float32)
    for axis, side in ((1, size[0]), (2, size[1])):
        place = np.linspace(0, cells - 1, side)
        first = np.minimum(place.astype(np.int64), cells - 2)
        share = ((1 - np.cos(np.pi * (place - first))) / 2).astype(np.float32)
        share = share[:, None] if axis == 1 else share
        knots = knots.take(first, axis) * (1 - share) + knots.take(first + 1, axis) * share
    return knots
