"""A critic that judges patches: real or not is asked of every place on its own.

Isola et al. 2017, arXiv:1611.07004, section 2.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import final

from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.layers.instance_norm import InstanceNorm, after, drawn

SMALLEST = 8
"""Shorter side of a picture, in pixels; halving stops where a map has half of it."""


@dataclass(frozen=True)
class Critic:
    """4x4 convolutions: `halvings` of stride 2, two of stride 1; `norm` on all but first and last.

    A score sees a patch of 16, 34 or 70 pixels a side after 1, 2 or 3 halvings; a small picture is halved
    less often than asked.  `width` counts the channels of the first map, which double up to eight times that.
    Raises `BadInput` for points and for sides below 8.
    """

    width: int = 64
    halvings: int = 3
    norm: InstanceNorm | None = field(default_factory=InstanceNorm)

    def __call__(self, space: Space) -> nn.Module:
        if not space.pictures or min(space.shape[1:]) < SMALLEST:
            raise BadInput(
                f"patches are judged on pictures of {SMALLEST} pixels a side or more, but one datum has "
                f"shape {space.shape}"
            )
        halvings = _fitting(min(space.shape[1:]), self.halvings)
        channels = [self.width * min(2**level, 8) for level in range(halvings + 1)]
        layers: list[nn.Module] = [nn.Conv2d(space.shape[0], channels[0], 4, 2, 1), nn.LeakyReLU(0.2)]
        for level, (a, b) in enumerate(pairwise(channels), start=1):
            stride = 2 if level < halvings else 1
            conv = nn.Conv2d(a, b, 4, stride, 1, bias=self.norm is None)
            layers.extend(after(self.norm, conv, b, nn.LeakyReLU(0.2)))
        layers.append(nn.Conv2d(channels[-1], 1, 4, 1, 1))
        return drawn(Patches(nn.Sequential(*layers)), self.norm)


@final
class Patches(nn.Module):
    """Pictures (n, c, h, w) -> the mean score of their patches, (n,) float32, high for real."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        return self.map(x).flatten(1).mean(1)

    def map(self, x: Tensor) -> Tensor:
        """The scores of all patches, (n, 1, h', w') float32."""
        scores: Tensor = self.body(x)
        return scores.float()


def _fitting(side: int, halvings: int) -> int:
    """As many halvings, at most so many, as leave a map of 4 a side."""
    return max(k for k in range(1, max(halvings, 1) + 1) if k == 1 or side >> k >= SMALLEST // 2)
