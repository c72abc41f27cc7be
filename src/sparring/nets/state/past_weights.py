"""A memory of another net's weights: buffers alone, no parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space


@dataclass(frozen=True)
class Past:
    """The mean of the weights that the net made by `of` has had.

    Salimans et al. 2016, arXiv:1606.03498, section 3.3.
    """

    of: Builder

    def __call__(self, space: Space) -> nn.Module:
        with torch.device("meta"):  # its size is all that is wanted; nothing is drawn
            size = sum(parameter.numel() for parameter in self.of(space).parameters())
        return Mean(size)


@final
class Mean(nn.Module):
    """Takes flat weights (size,) in and gives the mean of all that it has been given, this one included.

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
                f"a memory of {len(self.mean)} weights was shown {len(weights)}: it is another net's"
            )
        self.count += 1
        self.mean += (weights - self.mean) / self.count
        return self.mean.clone()
