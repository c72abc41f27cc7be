"""Pictures as sums of cosines, in which fields without borders are diagonal."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


@lru_cache(16)
def _orthonormal(side: int) -> Tensor:
    """The orthonormal cosines of `side` pixels, float64 (side, side), a wave a row."""
    from scipy.fft import dct

    return torch.from_numpy(dct(np.eye(side), axis=0, norm="ortho"))


def cosines(x: Tensor) -> Tensor:
    """The waves of pictures (n, C, H, W), down by across, the longest first; of the same shape."""
    down, across = (_orthonormal(side).to(x) for side in x.shape[2:])
    return down @ x @ across.T


def filtered(x: Tensor, gains: Tensor) -> Tensor:
    """x with each of its cosines multiplied."""
    down, across = (_orthonormal(side).to(x) for side in x.shape[2:])
    return down.T @ (gains * (down @ x @ across.T)) @ across


def bends(height: int, width: int) -> Tensor:
    """How much minus the Laplacian multiplies each pair of cosines, float64 (height, width), from 0 to 8."""
    down, across = (
        2 - 2 * torch.cos(torch.arange(n, dtype=torch.float64) * torch.pi / n) for n in (height, width)
    )
    return down[:, None] + across
