"""Optimisers as values: what they are, not yet whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

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
        return torch.optim.Adam(parameters, self.lr, self.betas, self.eps, fused=True)


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
