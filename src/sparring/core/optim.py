"""Optimiser settings as values; `build` makes the PyTorch optimiser for given parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, final

import torch
from torch import nn


class Optim(Protocol):
    """Settings of an optimiser."""

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer: ...


@dataclass(frozen=True)
class Adam:
    """Settings of Adam, which `build` makes as `FusedAdam`: Kingma and Ba 2014, arXiv:1412.6980."""

    lr: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    eps: float = 1e-8

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return FusedAdam(parameters, self.lr, self.betas, self.eps, fused=True)


@final
class FusedAdam(torch.optim.Adam):
    """PyTorch's fused Adam, with every gradient first copied to the memory layout of its weight.

    The fused kernel reads both memories in parallel.  If the layouts differ, it silently uses the gradient of
    another weight on a CPU, and raises on a GPU (PyTorch issues 106951 and 110758).  `backward` produces the
    weight's layout; `autograd.grad` does not always, as for second-order gradients of convolutions.
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Take one step; see `torch.optim.Adam.step`."""
        for weight in (weight for group in self.param_groups for weight in group["params"]):
            if weight.grad is not None and weight.grad.stride() != weight.stride():
                weight.grad = torch.empty_like(weight).copy_(weight.grad)
        return super().step(closure)


@dataclass(frozen=True)
class RMSProp:
    """Settings of RMSProp without momentum: Tieleman and Hinton 2012."""

    lr: float = 5e-5
    alpha: float = 0.99
    eps: float = 1e-8

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(parameters, self.lr, self.alpha, self.eps, foreach=True)


@dataclass(frozen=True)
class SGD:
    """Settings of gradient descent, with momentum if `momentum` is not 0."""

    lr: float = 0.1
    momentum: float = 0.0

    def build(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, self.lr, self.momentum, foreach=True)
