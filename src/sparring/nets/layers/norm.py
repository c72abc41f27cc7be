"""Normalisation of feature maps, as values that make a layer for a number of channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor, nn
from torch.nn import functional


@final
class TurnBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation whose running statistics stand still while its weights are frozen.

    In training it normalises by the batch's own statistics either way; only the net whose turn it is
    (weight.requires_grad) also learns them, so that a turn changes nothing but what it moves.
    Ioffe and Szegedy 2015, arXiv:1502.03167.
    """

    def forward(self, input: Tensor) -> Tensor:
        if self.training and not self.weight.requires_grad:
            return functional.batch_norm(input, None, None, self.weight, self.bias, True, 0.0, self.eps)
        return super().forward(input)


@dataclass(frozen=True)
class BatchNorm:
    """Mean and variance over the batch and the map, one pair a channel."""

    def __call__(self, channels: int) -> nn.Module:
        return TurnBatchNorm2d(channels)


@dataclass(frozen=True)
class LayerNorm:
    """Mean and variance over channels and map, one pair a sample; gain and bias a channel.

    Ba, Kiros and Hinton 2016, arXiv:1607.06450.
    """

    def __call__(self, channels: int) -> nn.Module:
        return nn.GroupNorm(1, channels)


Norm = BatchNorm | LayerNorm | None
"""None: no normalisation; the convolution before it then has a bias."""
