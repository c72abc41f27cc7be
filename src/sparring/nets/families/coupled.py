"""Two generators that share their first layers and two discriminators that share their last, after CoGAN.

The domains share the layers that decide high-level content: those next to z and next to the logit.  Each
domain has a single convolution of its own, next to the picture.  G's batch norm has no gain and bias; the
discriminators have no norm, so that neither samples nor domains mix.
Liu and Tuzel 2016, arXiv:1606.07536, section 3 and appendix A.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import final

from torch import Tensor, nn
from torch.nn import functional

from sparring.core.space import Space
from sparring.nets.heads.heads import SampleHead, Score
from sparring.nets.layers.resolution import projection, pyramid, widths


@dataclass(frozen=True)
class SharedGenerator:
    """Build the shared part of both generators: z -> feature map (n, channels, height, width).

    z is projected to the smallest map, which transposed 4x4 convolutions of stride 2 double in size.  `width`
    is the number of channels of the last map, as for all builders here.  Raises `BadInput` as `pyramid` does.
    """

    width: int = 32

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        channels = widths(self.width, shape.halvings + 1)[::-1]
        project = nn.Sequential(*projection(space.latent, channels[0], shape, bias=False))
        layers: list[nn.Module] = [NormPReLU(project, channels[0])]
        for a, b in pairwise(channels):
            layers.append(NormPReLU(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), b))
        return nn.Sequential(*layers)


@dataclass(frozen=True)
class DomainOutput:
    """Build one domain's output layer: shared feature map -> picture, by a 5x5 convolution and tanh."""

    width: int = 32

    def __call__(self, space: Space) -> nn.Module:
        return SampleHead(nn.Conv2d(self.width, space.shape[0], 5, padding=2), space)


@dataclass(frozen=True)
class DomainInput:
    """Build one domain's input layer: picture -> half-size feature map, by a 5x5 convolution and pooling."""

    width: int = 32

    def __call__(self, space: Space) -> nn.Module:
        return nn.Sequential(*_pooled_conv(space.shape[0], self.width))


@dataclass(frozen=True)
class SharedDiscriminator:
    """Build the shared part of both discriminators: feature map of half the picture's size -> logit (n,).

    Convolutions and pooling lead to the smallest map, then a dense layer of `hidden` units to the logit.
    Raises `BadInput` as `pyramid` does.
    """

    width: int = 32
    hidden: int = 500

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        channels = widths(self.width, shape.halvings)
        layers = [layer for a, b in pairwise(channels) for layer in _pooled_conv(a, b)]
        features = channels[-1] * shape.base[0] * shape.base[1]
        dense = [nn.Flatten(), nn.Linear(features, self.hidden), nn.PReLU(self.hidden)]
        return Score(nn.Sequential(*layers, *dense), nn.Linear(self.hidden, 1))


@final
class NormPReLU(nn.Module):
    """A linear layer, batch norm without gain and bias, and a PReLU.

    While the layer is frozen, the running statistics are not updated: a turn changes only the nets it trains.
    """

    def __init__(self, linear: nn.Module, channels: int) -> None:
        super().__init__()
        self.linear = linear
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.activation = nn.PReLU(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear(x)
        if self.training and not self.activation.weight.requires_grad:
            x = functional.batch_norm(x, None, None, training=True, eps=self.norm.eps)
        else:
            x = self.norm(x)
        y: Tensor = self.activation(x)
        return y


def _pooled_conv(channels: int, width: int) -> list[nn.Module]:
    return [nn.Conv2d(channels, width, 5, padding=2), nn.PReLU(width), nn.MaxPool2d(2)]
