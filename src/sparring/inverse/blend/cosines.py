"""Pictures as sums of cosines, in which fields without borders are diagonal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

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


@dataclass(frozen=True)
class Gains:
    """A linear map of pictures that is diagonal in cosines, and in axes that the channels are turned to."""

    by_wave: Tensor
    """What each wave is multiplied with: (height, width), or (C, height, width), a layer an axis."""
    axes: Tensor | None = None
    """Orthogonal, (C, C), an axis a row; None: the channels themselves."""

    def __call__(self, x: Tensor) -> Tensor:
        """The map of pictures (n, C, H, W)."""
        if self.axes is None:
            return filtered(x, self.by_wave)
        turned = torch.einsum("ac,nchw->nahw", self.axes.to(x), x)
        return torch.einsum("ac,nahw->nchw", self.axes.to(x), filtered(turned, self.by_wave))

    @property
    def inverse(self) -> Gains:
        """The map back."""
        return Gains(1 / self.by_wave, self.axes)


def bends(height: int, width: int) -> Tensor:
    """How much minus the Laplacian multiplies each pair of cosines, float64 (height, width), from 0 to 8."""
    down, across = (
        2 - 2 * torch.cos(torch.arange(n, dtype=torch.float64) * torch.pi / n) for n in (height, width)
    )
    return down[:, None] + across


class Errors(Protocol):
    """How far G(z) is to be believed, and how what is left goes on from pixel to pixel; a `Blend` too."""

    def believed(self, generated: Tensor, level: Tensor) -> Tensor:
        """What is believed of pictures (n, C, H, W), beside their grey level, (n, 1, 1, 1)."""
        ...

    def energy(self, height: int, width: int) -> Gains:
        """The precision of what is left, float64, all above 0."""
        ...

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """The completed pictures; arrays as in `pasted`."""
        ...
