"""Bounds the output of a generator of points to a cube, as pictures are bounded to [-1, 1]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor, nn

from sparring.core.recipe import Builder
from sparring.core.space import Space


@dataclass(frozen=True)
class Bounded:
    """The net that `inner` builds, its output y smoothly bounded to the cube: limit * tanh(y / limit)."""

    inner: Builder
    limit: float = 1.0

    def __call__(self, space: Space) -> nn.Module:
        return BoundedNet(self.inner(space), self.limit)


@final
class BoundedNet(nn.Module):
    """z (n, latent) -> points in [-limit, limit]^d."""

    def __init__(self, inner: nn.Module, limit: float) -> None:
        super().__init__()
        self.inner = inner
        self.limit = limit

    def forward(self, z: Tensor) -> Tensor:
        x: Tensor = self.limit * (self.inner(z) / self.limit).tanh()
        return x
