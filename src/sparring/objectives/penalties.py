"""Gradient penalties: functions of a discriminator's input gradients (n, *shape)."""

from __future__ import annotations

from torch import Tensor
from torch.linalg import vector_norm


def gradient_norms(gradient: Tensor) -> Tensor:
    """The Euclidean norm of each sample's gradient, (n,); its own gradient at zero is defined as zero."""
    norms: Tensor = vector_norm(gradient.flatten(1), dim=1)
    return norms


def zero_centred_penalty(gradient: Tensor) -> Tensor:
    """(1/2) E |grad|^2, a scalar: the sum over a sample's numbers, the mean over samples.

    R1 on gradients at real data, R2 at fakes.  Mescheder et al. 2018, arXiv:1801.04406, equation 9.
    """
    return gradient.flatten(1).square().sum(1).mean() / 2


def one_centred_penalty(gradient: Tensor) -> Tensor:
    """E (|grad| - 1)^2, a scalar: norms above and below 1 are penalised.

    Gulrajani et al. 2017, arXiv:1704.00028, equation 3.
    """
    return (gradient_norms(gradient) - 1).square().mean()
