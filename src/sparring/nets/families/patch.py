"""A discriminator that scores every patch of a picture separately (PatchGAN).

Isola et al. 2017, arXiv:1611.07004, section 2.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.layers.condition import condition_input
from sparring.nets.layers.instance_norm import InstanceNorm, initialise, with_norm

SMALLEST = 8
"""Least side of a picture, in pixels; maps are not halved below half of it."""


@dataclass(frozen=True)
class Discriminator:
    """Build D of 4x4 convolutions: `halvings` of stride 2, two of stride 1; `norm` on all but first and last.

    The receptive field of a score is 16, 34 or 70 pixels a side after 1, 2 or 3 halvings; a small picture is
    halved less often than `halvings` says.  `width` is the number of channels of the first map; it doubles up
    to eight times that.  Raises `BadInput` for points and for sides below 8.
    """

    width: int = 64
    halvings: int = 3
    norm: InstanceNorm | None = field(default_factory=InstanceNorm)

    def __call__(self, space: Space) -> nn.Module:
        if not space.pictures or min(space.shape[1:]) < SMALLEST:
            raise BadInput(
                f"a patch discriminator needs pictures of {SMALLEST} pixels a side or more, but a sample has "
                f"shape {space.shape}"
            )
        halvings = _limit_halvings(min(space.shape[1:]), self.halvings)
        channels = [self.width * min(2**level, 8) for level in range(halvings + 1)]
        layers: list[nn.Module] = [nn.Conv2d(space.shape[0], channels[0], 4, 2, 1), nn.LeakyReLU(0.2)]
        for level, (a, b) in enumerate(pairwise(channels), start=1):
            stride = 2 if level < halvings else 1
            conv = nn.Conv2d(a, b, 4, stride, 1, bias=self.norm is None)
            layers.extend(with_norm(self.norm, conv, b, nn.LeakyReLU(0.2)))
        layers.append(nn.Conv2d(channels[-1], 1, 4, 1, 1))
        return initialise(PatchScore(nn.Sequential(*layers)), self.norm)


@dataclass(frozen=True)
class PairDiscriminator:
    """Build D(x, source) as `Discriminator`, for the pair of x and the field `role`, channels side by side.

    Raises `BadInput` also for data without that field.
    """

    width: int = 64
    halvings: int = 3
    norm: InstanceNorm | None = field(default_factory=InstanceNorm)
    role: str = "source"

    def __call__(self, space: Space) -> nn.Module:
        channels, condition = condition_input(space, self.role)
        both = replace(space, shape=(space.shape[0] + channels, *space.shape[1:]))
        return PairScore(Discriminator(self.width, self.halvings, self.norm)(both), condition)


@final
class PairScore(nn.Module):
    """Pictures (n, c, h, w) and their sources -> the mean score of their patches, (n,) float32."""

    def __init__(self, score: nn.Module, condition: nn.Module) -> None:
        super().__init__()
        self.score, self.condition = score, condition

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        return self.map(x, source).flatten(1).mean(1)

    def map(self, x: Tensor, source: Tensor) -> Tensor:
        """The score of every patch, (n, 1, h', w') float32."""
        scores: Tensor = self.score.map(torch.cat([x, self.condition(source)], 1))  # type: ignore[operator]
        return scores


@final
class PatchScore(nn.Module):
    """Pictures (n, c, h, w) -> the mean score of their patches, (n,) float32, high for real."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        return self.map(x).flatten(1).mean(1)

    def map(self, x: Tensor) -> Tensor:
        """The score of every patch, (n, 1, h', w') float32."""
        scores: Tensor = self.body(x)
        return scores.float()


def _limit_halvings(side: int, halvings: int) -> int:
    """The number of halvings, at most `halvings` and at least 1, that leaves a map of 4 or more a side."""
    return max(k for k in range(1, max(halvings, 1) + 1) if k == 1 or side >> k >= SMALLEST // 2)
