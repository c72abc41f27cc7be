"""The smallest generator: a Gaussian whose means and standard deviations are the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.space import Space


@dataclass(frozen=True)
class Affine:
    """Build G(z) = mu + sigma z, with a mu and a sigma for each dimension.

    Raises `BadInput` unless the data are points and the latent has as many dimensions as they have.
    """

    mean: float = 0.0
    """Initial mu."""
    std: float = 1.0
    """Initial sigma."""

    def __call__(self, space: Space) -> nn.Module:
        if space.shape != (space.latent,):
            raise BadInput(f"mu + sigma z needs points and a latent of the same size, not {space}")
        return AffineNet(space.latent, self.mean, self.std)


@final
class AffineNet(nn.Module):
    """z (n, d) -> mu + sigma z (n, d)."""

    def __init__(self, dimensions: int, mean: float, std: float) -> None:
        super().__init__()
        self.mu = nn.Parameter(torch.full((dimensions,), mean))
        self.sigma = nn.Parameter(torch.full((dimensions,), std))

    def forward(self, z: Tensor) -> Tensor:
        return self.mu + self.sigma * z
