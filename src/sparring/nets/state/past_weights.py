"""The running mean of another net's weights: a net with buffers and no parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space


@dataclass(frozen=True)
class PastWeights:
    """Build the running mean of the weights of the net that `of` builds.

    Salimans et al. 2016, arXiv:1606.03498, section 3.3.
    """

    of: Builder

    def __call__(self, space: Space) -> nn.Module:
        with torch.device("meta"):  # only the number of weights is needed: no memory, no random draws
            size = sum(parameter.numel() for parameter in self.of(space).parameters())
        return PastWeightsMean(size)


@final
class PastWeightsMean(nn.Module):
    """Flat weights (size,) -> their mean over all calls, including this one, (size,).

    Raises `BadInput` for another number of weights.
    """

    mean: Tensor
    count: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("count", torch.zeros(()))

    @torch.no_grad()
    def forward(self, weights: Tensor) -> Tensor:
        if weights.shape != self.mean.shape:
            raise BadInput(
                f"a memory of {len(self.mean)} weights got {len(weights)}; give the weights of its own net"
            )
        self.count += 1
        self.mean += (weights - self.mean) / self.count
        return self.mean.clone()
