"""The last layers of generators and discriminators: output ranges and shapes that losses rely on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import prod
from typing import Protocol, final, runtime_checkable

from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.space import Space


def sample_size(space: Space) -> int:
    """Return the number of entries of a sample, e.g. c * h * w.

    Raises `BadInput` for tokens, which are categories, not numbers.
    """
    if space.tokens:
        raise BadInput("these nets make numbers, but the data are sequences of tokens; train seqgan on them")
    return prod(space.shape)


@runtime_checkable
class HasFeatures(Protocol):
    """A net that can return the input of its last layer."""

    def features(self, x: Tensor) -> Tensor:
        """Features of data (n, *shape): (n, m)."""
        ...


@final
class SampleHead(nn.Module):
    """A generator, z (n, latent) -> (n, *shape) float32: tanh for pictures, linear for points.

    The cast comes before tanh, so that autocast costs pictures no grey levels.
    """

    def __init__(self, body: nn.Module, space: Space) -> None:
        super().__init__()
        self.body = body
        self.bounded = space.pictures

    def forward(self, z: Tensor) -> Tensor:
        x: Tensor = self.body(z).float()
        return x.tanh() if self.bounded else x


class TrunkNet(nn.Module, ABC):
    """A net whose trunk maps data (n, *shape) to flat vectors (n, m): its features."""

    trunk: nn.Module

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """The outputs for data (n, *shape), float32."""

    def features(self, x: Tensor) -> Tensor:
        """The output of the trunk, which the head reads, float32 (n, m)."""
        features: Tensor = self.trunk(x)
        return features.float()


@final
class Score(TrunkNet):
    """A discriminator, data (n, *shape) -> logits (n,) float32, without a sigmoid; (n, outputs) for several.

    The trunk maps a sample to a flat vector, its features; the head maps them to the outputs.
    """

    def __init__(self, trunk: nn.Module, head: nn.Linear) -> None:
        super().__init__()
        self.trunk = trunk
        self.head = head

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.trunk(x))
        return logits.float().squeeze(1)
