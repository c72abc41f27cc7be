"""The discrete cosine transform, which diagonalises the Laplacian with free (Neumann) borders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import torch
from torch import Tensor


@lru_cache(16)
def dct_matrix(side: int) -> Tensor:
    """Return the orthonormal DCT matrix of `side` pixels, float64 (side, side), a frequency per row."""
    from scipy.fft import dct

    return torch.from_numpy(dct(np.eye(side), axis=0, norm="ortho"))


def cosines(x: Tensor) -> Tensor:
    """Return the 2D DCT of pictures (n, C, H, W), lowest frequencies first, of the same shape."""
    down, across = (dct_matrix(side).to(x) for side in x.shape[2:])
    return down @ x @ across.T


def filtered(x: Tensor, gains: Tensor) -> Tensor:
    """Return x, (n, C, H, W), with each DCT coefficient multiplied by its gain.

    `gains` is (H, W), the same for all pictures and channels, or (C, H, W).
    """
    down, across = (dct_matrix(side).to(x) for side in x.shape[2:])
    return down.T @ (gains * (down @ x @ across.T)) @ across


@dataclass(frozen=True)
class Gains:
    """A linear map of pictures that is diagonal in the DCT, after a rotation of the channels."""

    by_frequency: Tensor
    """Gain of each frequency: (height, width), or (C, height, width) with a layer per axis."""
    axes: Tensor | None = None
    """Orthogonal matrix (C, C), an axis per row; None: the channels themselves."""

    def __call__(self, x: Tensor) -> Tensor:
        """Apply the map to pictures (n, C, H, W)."""
        if self.axes is None:
            return filtered(x, self.by_frequency)
        rotated = torch.einsum("ac,nchw->nahw", self.axes.to(x), x)
        return torch.einsum("ac,nahw->nchw", self.axes.to(x), filtered(rotated, self.by_frequency))

    @property
    def inverse(self) -> Gains:
        """The inverse map."""
        return Gains(1 / self.by_frequency, self.axes)


def laplacian_eigenvalues(height: int, width: int) -> Tensor:
    """Return the eigenvalues of minus the Laplacian in the DCT, float64 (height, width), from 0 to below 8.

    Entry (i, j) is 4 - 2 cos(pi i / height) - 2 cos(pi j / width).
    """
    down, across = (
        2 - 2 * torch.cos(torch.arange(n, dtype=torch.float64) * torch.pi / n) for n in (height, width)
    )
    return down[:, None] + across


class ErrorModel(Protocol):
    """A model of the error x - G(z): an estimate of x, and the precision of its error; also a `Blend`."""

    def believed(self, generated: Tensor, level: Tensor) -> Tensor:
        """Return an estimate of x, (n, C, H, W), from `generated`, G(z) of this shape, and `level`.

        `level`, (n, 1, 1, 1), is the mean grey level of each picture's known pixels.
        """
        ...

    def energy(self, height: int, width: int) -> Gains:
        """Return the precision (1 / variance) of the estimate's error by frequency, float64, all above 0.

        It is a map of pictures of `height` x `width`.
        """
        ...

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return the completed pictures, uint8 (n, H, W, C); arrays as in `pasted`."""
        ...
