"""The smallest generator: a Gaussian whose means and deviations are the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.space import Space


@dataclass(frozen=True)
class Affine:
    """Builds G(z) = mu + sigma z, one of each a dimension; needs a latent of the data's own dimensions.

    Raises `BadInput` where that is not so.
    """

    mean: float = 0.0
    """mu at the start."""
    deviation: float = 1.0
    """sigma at the start."""

    def __call__(self, space: Space) -> nn.Module:
        if space.shape != (space.latent,):
            raise BadInput(f"mu + sigma z needs points and a latent of one size, not {space}")
        return Line(space.latent, self.mean, self.deviation)


@final
class Line(nn.Module):
    """z (n, d) -> mu + sigma z (n, d)."""

    def __init__(self, dimensions: int, mean: float, deviation: float) -> None:
        super().__init__()
        self.mu = nn.Parameter(torch.full((dimensions,), mean))
        self.sigma = nn.Parameter(torch.full((dimensions,), deviation))

    def forward(self, z: Tensor) -> Tensor:
        return self.mu + self.sigma * z
