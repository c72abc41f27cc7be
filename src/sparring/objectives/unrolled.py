"""Unrolled optimisation: a net after some steps of gradient descent, differentiable through the steps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call

from sparring.objectives.gradient import input_gradient

Scores = Callable[[Tensor], Tensor]
"""A discriminator as a function of data alone: (n, *shape) -> (n,)."""


def unroll(net: nn.Module, loss: Callable[[Scores], Tensor], steps: int, learning_rate: float) -> Scores:
    """Return `net` after `steps` steps of gradient descent, theta <- theta - learning_rate * grad loss.

    The result is a function of data, (n, *shape) -> (n,); `net` itself is unchanged.  `loss` maps a
    discriminator to a scalar; the result's gradient reaches the tensors that `loss` closes over (fakes, for
    example) both directly and through every step.  With 0 steps the result is the net.  The weights are
    flattened to one vector for `input_gradient`.  A net that would update running statistics raises
    RuntimeError.
    Metz et al. 2016, arXiv:1611.02163, equations 7 to 9.
    """
    shapes = {name: weight.shape for name, weight in net.named_parameters()}
    sizes = [shape.numel() for shape in shapes.values()]

    def at(theta: Tensor) -> Scores:
        parts = torch.split(theta, sizes)
        weights = {name: part.view(shapes[name]) for name, part in zip(shapes, parts, strict=True)}

        def scores(x: Tensor) -> Tensor:
            output: Tensor = functional_call(net, weights, (x,))
            return output

        return scores

    theta = torch.cat([weight.flatten() for weight in net.parameters()])
    for _ in range(steps):
        theta = theta - learning_rate * input_gradient(lambda point: loss(at(point)), theta)
    return at(theta)
