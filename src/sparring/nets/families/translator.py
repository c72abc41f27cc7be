"""Image-to-image generator at one size: convolutions, residual blocks, transposed convolutions.

Johnson, Alahi and Fei-Fei 2016, arXiv:1603.08155; with instance norm and reflected borders as in Zhu et al.
2017, arXiv:1703.10593, section 7.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import final

from torch import Tensor, nn

from sparring.core.planes import halved_sides
from sparring.core.space import Space
from sparring.nets.heads.heads import SampleHead
from sparring.nets.layers.instance_norm import InstanceNorm, initialise, with_norm


@dataclass(frozen=True)
class Translator:
    """Build G from picture to picture, (n, c, h, w) -> (n, c, h, w).

    A 7x7 convolution, `halvings` convolutions of stride 2, `blocks` residual blocks, `halvings` transposed
    convolutions, a 7x7 convolution.  `width` is the number of channels next to the picture; it doubles with
    each halving.  The paper has two halvings; small pictures lose less detail with fewer.  Raises `BadInput`
    as `halved_sides` does.
    """

    width: int = 32
    blocks: int = 6
    halvings: int = 2
    norm: InstanceNorm | None = field(default_factory=InstanceNorm)

    def __call__(self, space: Space) -> nn.Module:
        halved_sides(space.shape, self.halvings)
        channels = [self.width * 2**level for level in range(self.halvings + 1)]
        innermost = channels[-1]
        layers = [
            *_same(space.shape[0], self.width, 7, self.norm),
            *chain(*(_halving(a, b, self.norm) for a, b in pairwise(channels))),
            *[ResidualBlock(innermost, self.norm) for _ in range(self.blocks)],
            *chain(*(_doubling(a, b, self.norm) for a, b in pairwise(channels[::-1]))),
            nn.ReflectionPad2d(3),
            nn.Conv2d(self.width, space.shape[0], 7),
        ]
        return initialise(SampleHead(nn.Sequential(*layers), space), self.norm)


@final
class ResidualBlock(nn.Module):
    """x + two normalised 3x3 convolutions of x with a ReLU between them."""

    def __init__(self, channels: int, norm: InstanceNorm | None) -> None:
        super().__init__()
        first, second = (_same(channels, channels, 3, norm) for _ in range(2))
        self.body = nn.Sequential(*first, *second[:-1])

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.body(x)
        return x + change


def _same(a: int, b: int, side: int, norm: InstanceNorm | None) -> list[nn.Module]:
    """A convolution that preserves the size by reflection padding."""
    conv = nn.Conv2d(a, b, side, bias=norm is None)
    return [nn.ReflectionPad2d(side // 2), *with_norm(norm, conv, b, nn.ReLU(inplace=True))]


def _halving(a: int, b: int, norm: InstanceNorm | None) -> list[nn.Module]:
    return with_norm(norm, nn.Conv2d(a, b, 3, 2, 1, bias=norm is None), b, nn.ReLU(inplace=True))


def _doubling(a: int, b: int, norm: InstanceNorm | None) -> list[nn.Module]:
    return with_norm(norm, nn.ConvTranspose2d(a, b, 3, 2, 1, 1, bias=norm is None), b, nn.ReLU(inplace=True))
