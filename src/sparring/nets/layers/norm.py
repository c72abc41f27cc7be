"""Normalisation of feature maps: builders of a layer for a number of channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor, nn
from torch.nn import functional


@final
class TurnBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation whose running statistics are not updated while its weights are frozen.

    In training it normalises by the batch's statistics either way; only the net that the turn trains
    (weight.requires_grad) updates its running statistics, so that a turn changes only the nets it trains.
    Ioffe and Szegedy 2015, arXiv:1502.03167.
    """

    def forward(self, input: Tensor) -> Tensor:
        if self.training and not self.weight.requires_grad:
            return functional.batch_norm(input, None, None, self.weight, self.bias, True, 0.0, self.eps)
        return super().forward(input)


@dataclass(frozen=True)
class BatchNorm:
    """Normalise by mean and variance over the batch and the map, for each channel."""

    def __call__(self, channels: int) -> nn.Module:
        return TurnBatchNorm2d(channels)


@dataclass(frozen=True)
class LayerNorm:
    """Normalise by mean and variance over channels and map, for each sample; gain and bias per channel.

    Ba, Kiros and Hinton 2016, arXiv:1607.06450.
    """

    def __call__(self, channels: int) -> nn.Module:
        return nn.GroupNorm(1, channels)


Norm = BatchNorm | LayerNorm | None
"""A norm, or None for no normalisation; the convolution before it then has a bias."""
