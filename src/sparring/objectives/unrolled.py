"""A net as it would be some steps of descent from now, differentiable through these steps."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call

from sparring.objectives.gradient import input_gradient

Scores = Callable[[Tensor], Tensor]
"""A critic as a function of data alone."""


def descended(net: nn.Module, loss: Callable[[Scores], Tensor], steps: int, rate: float) -> Scores:
    """`net` after `steps` steps of plain descent, theta <- theta - rate * grad loss; itself it stays.

    `loss` maps a critic to a scalar; what it closes over (fakes, say) is reached by the result's gradient
    both directly and through every step.  Without steps the result is the net.  Inside, the weights are one
    long vector, so that the one second-order helper serves.  A net that would update running statistics
    raises RuntimeError.
    Metz et al. 2016, arXiv:1611.02163, equations 7 to 9.
    """
    shapes = {name: weight.shape for name, weight in net.named_parameters()}
    sizes = [shape.numel() for shape in shapes.values()]

    def at(theta: Tensor) -> Scores:
        parts = torch.split(theta, sizes)
        weights = {name: part.view(shapes[name]) for name, part in zip(shapes, parts, strict=True)}

        def scores(x: Tensor) -> Tensor:
            found: Tensor = functional_call(net, weights, (x,))
            return found

        return scores

    theta = torch.cat([weight.flatten() for weight in net.parameters()])
    for _ in range(steps):
        theta = theta - rate * input_gradient(lambda point: loss(at(point)), theta)
    return at(theta)
