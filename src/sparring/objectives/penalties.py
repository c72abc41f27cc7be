"""Gradient penalties: functions of a discriminator's input gradients (n, *shape)."""

from __future__ import annotations

from torch import Tensor
from torch.linalg import vector_norm


def gradient_norms(gradient: Tensor) -> Tensor:
    """Return the Euclidean norm of each sample's gradient (n, *shape), as (n,).

    The gradient of the norm at a gradient of zero is defined as zero.
    """
    norms: Tensor = vector_norm(gradient.flatten(1), dim=1)
    return norms


def zero_centred_penalty(gradient: Tensor) -> Tensor:
    """Return (1/2) E |grad|^2, a scalar, for input gradients (n, *shape).

    |grad|^2 is the sum over a sample's numbers, E the mean over samples.  It is R1 for gradients at real
    data, R2 for gradients at fakes.  Mescheder et al. 2018, arXiv:1801.04406, equation 9.
    """
    return gradient.flatten(1).square().sum(1).mean() / 2


def one_centred_penalty(gradient: Tensor) -> Tensor:
    """Return E (|grad| - 1)^2, a scalar, for input gradients (n, *shape).

    |grad| is the Euclidean norm of a sample's gradient, E the mean over samples.  Norms above and below 1 are
    penalised.  Gulrajani et al. 2017, arXiv:1704.00028, equation 3.
    """
    return (gradient_norms(gradient) - 1).square().mean()
