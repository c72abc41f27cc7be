"""Residual nets without normalisation, after R3GAN; their initialisation makes them trainable.

A block adds to its input the output of three convolutions: a 1x1 that widens, a grouped 3x3, and a 1x1 back
that starts at zero, so that a new net is linear whatever its depth.  The first two are initialised with He's
variance and a standard deviation smaller by blocks^(-1/4) (Fixup).  Maps are resampled by interpolation.  At
the picture's own size, where blocks would cost most, there is one convolution: 3x3 after the last doubling
in G, 4x4 of stride 2 in place of the first halving in D.
Huang et al. 2024, arXiv:2501.05441, section 4; Zhang, Dauphin and Ma 2019, arXiv:1901.09321.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.builders import PlainDiscriminator, PlainGenerator
from sparring.core.knobs import FIXED
from sparring.core.space import Space
from sparring.nets.heads.heads import SampleHead, Score
from sparring.nets.layers.resolution import pyramid, widths
from sparring.nets.layers.weights import scaled_weights

SLOPE = 0.2
"""Negative slope of the leaky ReLU."""


@dataclass(frozen=True)
class Generator(PlainGenerator):
    """Build G: z scales the channels of a learnt smallest map; blocks and doublings turn it into a picture.

    `width` is the number of channels of the map next to the picture; each size has `blocks` blocks; a block
    widens `expansion` times and convolves in groups of `group` channels.  Raises `BadInput` as `pyramid`
    does.
    """

    width: int = 24
    blocks: int = 1
    expansion: int = 2
    group: int = 16

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        channels = widths(self.width, shape.halvings)[::-1]
        layers: list[nn.Module] = [Basis(space.latent, (channels[0], *shape.base))]
        for level, here in enumerate(channels):
            if level:
                layers.append(_initialised(nn.Conv2d(channels[level - 1], here, 1, bias=False)))
                layers.append(nn.Upsample(scale_factor=2, mode="bilinear"))
            layers.extend(_stage(self, here, len(channels)))
        layers.append(nn.Upsample(scale_factor=2, mode="bilinear"))
        layers.append(_initialised(nn.Conv2d(channels[-1], space.shape[0], 3, padding=1)))
        return SampleHead(nn.Sequential(*layers), space)


@dataclass(frozen=True)
class Discriminator(PlainDiscriminator):
    """Build D: blocks and halvings from the picture to the smallest map, then `outputs` linear units.

    Fields and errors as for `Generator`.
    """

    width: int = 24
    blocks: int = 1
    expansion: int = 2
    group: int = 16
    outputs: int = field(default=1, metadata=FIXED)

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        channels = widths(self.width, shape.halvings)
        layers: list[nn.Module] = [_initialised(nn.Conv2d(space.shape[0], channels[0], 4, 2, 1))]
        for level, here in enumerate(channels):
            if level:
                layers.append(nn.AvgPool2d(2))
                layers.append(_initialised(nn.Conv2d(channels[level - 1], here, 1, bias=False)))
            layers.extend(_stage(self, here, len(channels)))
        last = channels[-1]
        layers.append(_initialised(nn.Conv2d(last, last, shape.base, groups=last, bias=False)))
        head = nn.Linear(last, self.outputs)
        _initialised(head)
        return Score(nn.Sequential(*layers, nn.Flatten()), head)


@final
class Basis(nn.Module):
    """z (n, latent) -> (n, *shape): a learnt map whose channels are scaled by a linear function of z."""

    def __init__(self, latent: int, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.map = nn.Parameter(torch.randn(shape))
        self.weigh = _initialised(nn.Linear(latent, shape[0], bias=False))

    def forward(self, z: Tensor) -> Tensor:
        weights: Tensor = self.weigh(z)
        return weights[:, :, None, None] * self.map


@final
class InvertedBottleneck(nn.Module):
    """x + an inverted bottleneck (1x1, grouped 3x3, 1x1 convolution) of x; the identity when new."""

    def __init__(self, channels: int, knobs: Generator | Discriminator, depth: int) -> None:
        super().__init__()
        wide = channels * knobs.expansion
        gain = nn.init.calculate_gain("leaky_relu", SLOPE) * depth**-0.25
        groups = max(1, wide // knobs.group)
        self.body = nn.Sequential(
            _initialised(nn.Conv2d(channels, wide, 1), gain),
            nn.LeakyReLU(SLOPE),
            _initialised(nn.Conv2d(wide, wide, 3, padding=1, groups=groups), gain),
            nn.LeakyReLU(SLOPE),
            _initialised(nn.Conv2d(wide, channels, 1, bias=False), 0.0),
        )

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.body(x)
        return x + change


def _stage(knobs: Generator | Discriminator, channels: int, levels: int) -> list[nn.Module]:
    return [InvertedBottleneck(channels, knobs, levels * knobs.blocks) for _ in range(knobs.blocks)]


def _initialised(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> nn.Module:
    """The same layer, its weights set to N(0, gain^2 / fan-in) and its biases to 0."""
    scaled_weights(layer, gain)
    return layer
