"""The one place that takes second-order gradients."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def input_gradient(net: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The slope of `net` at `x`: the gradient of the sum of its outputs, float32 in the shape of `x`.

    Row i is the gradient of output i, if the net treats samples independently: a net with batch
    normalisation does not.  Differentiable in the net's parameters and in `x`.  Under autocast the net's
    products are in bfloat16, whose range is float32's, so that small slopes do not vanish; what becomes of
    the slopes, their squares and sums, is float32.  Running statistics cannot be updated under
    `torch.func.grad`: a net that would do so raises RuntimeError.
    """

    return scored_slope(net, x)[1]


def scored_slope(net: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """What `net` makes of `x`, and its slope there as `input_gradient` has it, from one pass.

    Both are differentiable in the net's parameters.
    """

    def total(point: Tensor) -> tuple[Tensor, Tensor]:
        score = net(point)
        return score.sum(), score

    found: tuple[Tensor, Tensor] = torch.func.grad(total, has_aux=True)(x.float())
    return found[1], found[0]
