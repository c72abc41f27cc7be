"""U-Net: an encoder and a decoder of convolutions, with a skip connection at every resolution.

Ronneberger, Fischer and Brox 2015, arXiv:1505.04597; as a translator Isola et al. 2017, arXiv:1611.07004,
appendix 6.1.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.heads.heads import SampleHead
from sparring.nets.layers.condition import condition_input
from sparring.nets.layers.instance_norm import InstanceNorm, initialise


@dataclass(frozen=True)
class UNet:
    """Build G from the field `role` to pictures: (n, c', h, w), or label maps (n, h, w), -> (n, c, h, w).

    4x4 convolutions of stride 2 down to a map of 2 pixels a side or more, at most `halvings` of them, and as
    many transposed ones up; the decoder also gets the encoder's map of the same size.  `width` is the number
    of channels of the first map; it doubles up to eight times that.  Raises `BadInput` for data without that
    field, and for sides that cannot be halved.
    """

    width: int = 64
    halvings: int = 8
    norm: InstanceNorm | None = field(default_factory=InstanceNorm)
    role: str = "source"

    def __call__(self, space: Space) -> nn.Module:
        channels, condition = condition_input(space, self.role)
        depth = possible_halvings(space.shape[1], space.shape[2], self.halvings)
        widths = [self.width * min(2**level, 8) for level in range(depth)]
        body = SkipNet(channels, widths, space.shape[0], self.norm)
        return initialise(SampleHead(nn.Sequential(condition, body), space), self.norm)


@final
class SkipNet(nn.Module):
    """Pictures (n, c', h, w) -> (n, c, h, w): an encoder of `widths` channels, and a decoder with skips."""

    def __init__(self, channels: int, widths: list[int], outputs: int, norm: InstanceNorm | None) -> None:
        super().__init__()
        above = [outputs, *widths[:-1]]
        last = len(widths) - 1
        self.down = nn.ModuleList(
            _down(
                channels if level == 0 else widths[level - 1],
                width,
                norm if 0 < level < last else None,
                level,
            )
            for level, width in enumerate(widths)
        )
        self.up = nn.ModuleList(
            _up(width * (1 if level == last else 2), above[level], norm if level else None)
            for level, width in enumerate(widths)
        )

    def forward(self, x: Tensor) -> Tensor:
        maps = []
        for layer in self.down:
            x = layer(x)
            maps.append(x)
        for level in range(len(maps) - 1, -1, -1):
            x = self.up[level](x if level == len(maps) - 1 else torch.cat([x, maps[level]], 1))
        return x


def possible_halvings(height: int, width: int, most: int) -> int:
    """Return how often both sides can be halved, at most `most` times, with 2 pixels or more left.

    Raises `BadInput` if they cannot be halved at all.
    """
    count = 0
    while count < most and height % 2 == width % 2 == 0 and min(height, width) >= 4:
        height, width, count = height // 2, width // 2, count + 1
    if not count:
        raise BadInput(f"a U-Net needs pictures with even sides of 4 pixels or more, not {height}x{width}")
    return count


def _down(a: int, b: int, norm: InstanceNorm | None, level: int) -> nn.Module:
    conv = nn.Conv2d(a, b, 4, 2, 1, bias=norm is None)
    layers: list[nn.Module] = [conv] if level == 0 else [nn.LeakyReLU(0.2), conv]
    return nn.Sequential(*layers, *([] if norm is None else [norm(b)]))


def _up(a: int, b: int, norm: InstanceNorm | None) -> nn.Module:
    conv = nn.ConvTranspose2d(a, b, 4, 2, 1, bias=norm is None)
    return nn.Sequential(nn.ReLU(), conv, *([] if norm is None else [norm(b)]))
