"""A critic that compares means and second moments of learnt features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space


@dataclass(frozen=True)
class Critic:
    """D(x) = <v, Phi(x)> + <U^T Phi(x), V^T Phi(x)>: `phi` makes the features, m outputs a datum.

    Without `mean` the first part is left out; `rank` is k, the columns of U and V, 0 to leave the second out.
    k < m, for square U and V would never leave the half of the orthogonal matrices that they start in.
    Raises `BadInput` for another k, and where nothing is left.
    """

    phi: Builder
    mean: bool = True
    rank: int = 16

    def __call__(self, space: Space) -> nn.Module:
        phi = self.phi(space)
        with torch.no_grad():
            features = phi.eval()(torch.zeros(1, *space.shape)).numel()
        phi.train()
        if not 0 <= self.rank < features:
            raise BadInput(f"rank {self.rank}: 0 to {features - 1} work, below the number of features")
        parts: list[nn.Module] = [Mean(features)] if self.mean else []
        if self.rank:
            parts.append(Covariance(features, self.rank))
        if not parts:
            raise BadInput("a critic of moments needs the mean or a rank above 0")
        return Moments(phi, parts)


@final
class Moments(nn.Module):
    """Data (n, *shape) -> (n,) float32: the sum of the parts' scores of Phi(x)."""

    def __init__(self, phi: nn.Module, parts: list[nn.Module]) -> None:
        super().__init__()
        self.phi = phi
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Tensor) -> Tensor:
        found = self.features(x)
        return torch.stack([part(found) for part in self.parts]).sum(0)

    def features(self, x: Tensor) -> Tensor:
        """Phi(x), float32 (n, m)."""
        found: Tensor = self.phi(x)
        return found.float().view(len(x), -1)


@final
class Mean(nn.Module):
    """Features (n, m) -> <v, Phi>, (n,); |v| = 1 when new."""

    def __init__(self, features: int) -> None:
        super().__init__()
        drawn = torch.randn(features)
        self.v = nn.Parameter(drawn / drawn.norm())

    def forward(self, phi: Tensor) -> Tensor:
        return phi @ self.v


@final
class Covariance(nn.Module):
    """Features (n, m) -> <U^T Phi, V^T Phi>, (n,); U and V (m, k), columns orthonormal when new.

    Its mean is trace U^T E[Phi Phi^T] V, of the second moments about 0, not about the mean.
    """

    def __init__(self, features: int, rank: int) -> None:
        super().__init__()
        self.U = nn.Parameter(torch.linalg.qr(torch.randn(features, rank)).Q)
        self.V = nn.Parameter(torch.linalg.qr(torch.randn(features, rank)).Q)

    def forward(self, phi: Tensor) -> Tensor:
        return ((phi @ self.U) * (phi @ self.V)).sum(1)
