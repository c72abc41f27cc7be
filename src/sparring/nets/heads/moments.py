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
class MomentsCritic:
    """Build D(x) = <v, Phi(x)> + <U^T Phi(x), V^T Phi(x)>: `phi` computes m features of each sample.

    Without `mean` the first part is omitted; `rank` is k, the number of columns of U and V, 0 to omit the
    second.  It must be below m, as square U and V could never leave the component of the orthogonal matrices
    (determinant 1 or -1) in which they start.  Raises `BadInput` for another k, and if both parts are
    omitted.
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
            raise BadInput(
                f"rank {self.rank} is wrong; give 0 to {features - 1}, below the number of features"
            )
        parts: list[nn.Module] = [MeanScore(features)] if self.mean else []
        if self.rank:
            parts.append(SecondMomentScore(features, self.rank))
        if not parts:
            raise BadInput("a critic of moments needs mean=True or a rank above 0; give one")
        return MomentsScore(phi, parts)


@final
class MomentsScore(nn.Module):
    """Data (n, *shape) -> (n,) float32: the sum of the parts' scores of Phi(x)."""

    def __init__(self, phi: nn.Module, parts: list[nn.Module]) -> None:
        super().__init__()
        self.phi = phi
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Tensor) -> Tensor:
        features = self.features(x)
        return torch.stack([part(features) for part in self.parts]).sum(0)

    def features(self, x: Tensor) -> Tensor:
        """Phi(x), float32 (n, m)."""
        features: Tensor = self.phi(x)
        return features.float().view(len(x), -1)


@final
class MeanScore(nn.Module):
    """Features (n, m) -> <v, Phi>, (n,); initially |v| = 1."""

    def __init__(self, features: int) -> None:
        super().__init__()
        direction = torch.randn(features)
        self.v = nn.Parameter(direction / direction.norm())

    def forward(self, phi: Tensor) -> Tensor:
        return phi @ self.v


@final
class SecondMomentScore(nn.Module):
    """Features (n, m) -> <U^T Phi, V^T Phi>, (n,); U and V (m, k), initially with orthonormal columns.

    Its mean is trace U^T E[Phi Phi^T] V, of the second moments about 0, not about the mean.
    """

    def __init__(self, features: int, rank: int) -> None:
        super().__init__()
        self.U = nn.Parameter(torch.linalg.qr(torch.randn(features, rank)).Q)
        self.V = nn.Parameter(torch.linalg.qr(torch.randn(features, rank)).Q)

    def forward(self, phi: Tensor) -> Tensor:
        return ((phi @ self.U) * (phi @ self.V)).sum(1)
