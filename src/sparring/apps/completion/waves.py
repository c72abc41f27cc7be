"""The spline's energy in cosines, in which a picture without borders makes it diagonal."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from sparring.apps.completion.spline import Spline


@lru_cache(16)
def _waves(side: int) -> Tensor:
    """The orthonormal cosines of `side` pixels, float64 (side, side), a wave a row."""
    from scipy.fft import dct

    return torch.from_numpy(dct(np.eye(side), axis=0, norm="ortho"))


def energy(height: int, width: int, spline: Spline) -> Tensor:
    """The spline's precision of each pair of cosines, float64 (height, width), all above 0.

    Without decay a constant would cost nothing, and no scale could be found: it costs a hundredth of what
    the picture's longest wave does.
    """
    down, across = (
        2 - 2 * torch.cos(torch.arange(n, dtype=torch.float64) * torch.pi / n) for n in (height, width)
    )
    bend = down[:, None] + across
    least = (torch.pi / max(height, width) / 10) ** 2
    return (spline.decay**2 + bend + spline.stiffness * bend.square()).clamp(min=least)


def filtered(x: Tensor, gains: Tensor) -> Tensor:
    """x with each of its cosines multiplied."""
    down, across = (_waves(side).to(x) for side in x.shape[2:])
    return down.T @ (gains * (down @ x @ across.T)) @ across
