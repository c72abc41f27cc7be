"""Reconstruction errors."""

from __future__ import annotations

from torch import Tensor


def mean_absolute_error(x: Tensor, reconstruction: Tensor) -> Tensor:
    """Return E |x - reconstruction|, a scalar, the mean over all entries of two tensors of the same shape.

    For a cycle the reconstruction is F(G(x)): Zhu et al. 2017, arXiv:1703.10593, equation 2, per entry.
    """
    return (x - reconstruction).abs().mean()
