"""Differentiable input gradients: the only functions that take second-order gradients."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def input_gradient(net: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Return the gradient of the sum of `net`'s outputs with respect to `x`, at `x`, float32 in its shape.

    Row i is the gradient of output i if the net treats samples independently, which a net with batch
    normalisation does not.  Differentiable in the net's parameters and in `x`.  Under autocast the net's
    products are in bfloat16, which has the range of float32, so that small gradients do not vanish; squares
    and sums of the gradients are float32.  Running statistics cannot be updated under `torch.func.grad`: a
    net that would do so raises RuntimeError.
    """

    return score_and_gradient(net, x)[1]


def score_and_gradient(net: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outputs of `net` at `x` (n, *shape), and `input_gradient` there, from one forward pass.

    Both are differentiable in the net's parameters.
    """

    def total(point: Tensor) -> tuple[Tensor, Tensor]:
        score = net(point)
        return score.sum(), score

    result: tuple[Tensor, Tensor] = torch.func.grad(total, has_aux=True)(x.float())
    return result[1], result[0]
