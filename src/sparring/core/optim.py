"""Optimisers as values: what they are, not yet whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, final

import torch
from torch import nn


class Optim(Protocol):
    """An optimiser's settings."""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer: ...


@dataclass(frozen=True)
class Adam:
    """Kingma and Ba 2014, arXiv:1412.6980."""

    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    eps: float = 1e-8

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return FusedAdam(parameters, self.lr, self.betas, self.eps, fused=True)


@final
class FusedAdam(torch.optim.Adam):
    """PyTorch's fused Adam, which is given every gradient in its weight's own memory layout.

    It walks both memories side by side: on a CPU it would silently take the slope of one weight for another's
    (a GPU refuses, PyTorch issues 106951 and 110758).  `backward` lays gradients out so; those of
    `autograd.grad` lie as they were calculated, and second-order ones of convolutions lie otherwise.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step; see `torch.optim.Adam.step`."""
        for weight in (weight for group in self.param_groups for weight in group["params"]):
            if weight.grad is not None and weight.grad.stride() != weight.stride():
                weight.grad = torch.empty_like(weight).copy_(weight.grad)
        return super().step(closure)


@dataclass(frozen=True)
class RMSProp:
    """Tieleman and Hinton 2012, without momentum."""

    lr: float = 5e-5
    alpha: float = 0.99
    eps: float = 1e-8

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(parameters, self.lr, self.alpha, self.eps, foreach=True)


@dataclass(frozen=True)
class SGD:
    """Plain descent, with momentum where it is not 0."""

    lr: float = 0.1
    momentum: float = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, self.lr, self.momentum, foreach=True)
