"""Two generators with one beginning and two critics with one end, after CoGAN.

What the domains share stands where high-level things are decided: in the layers next to z and next to the
logit.  What is their own is a single convolution at the picture.  G's batch norm has no gain and bias; the
critics have no norm, so that neither samples nor domains mix.
Liu and Tuzel 2016, arXiv:1606.07536, section 3 and appendix A.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import final

from torch import Tensor, nn
from torch.nn import functional

from sparring.core.space import Space
from sparring.nets.heads.heads import Sample, Score
from sparring.nets.layers.resolution import pyramid, widths


@dataclass(frozen=True)
class Beginning:
    """z -> the map (n, width, height, width) from which both domains' pictures are made.

    z is projected to the smallest map and doubled in size by transposed 4x4 convolutions.  `width` counts the
    channels of the last map, as for all builders here.  Raises `BadInput` as `pyramid` does.
    """

    width: int = 32

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        channels = widths(self.width, shape.halvings + 1)[::-1]
        first = (channels[0], *shape.base)
        project = nn.Linear(space.latent, first[0] * first[1] * first[2], bias=False)
        layers: list[nn.Module] = [Normed(nn.Sequential(project, nn.Unflatten(1, first)), channels[0])]
        for a, b in pairwise(channels):
            layers.append(Normed(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False), b))
        return nn.Sequential(*layers)


@dataclass(frozen=True)
class Ending:
    """The shared map -> one domain's picture, by a 5x5 convolution and tanh."""

    width: int = 32

    def __call__(self, space: Space) -> nn.Module:
        return Sample(nn.Conv2d(self.width, space.shape[0], 5, padding=2), space)


@dataclass(frozen=True)
class Glance:
    """One domain's picture -> a map of half the size, by a 5x5 convolution and pooling."""

    width: int = 32

    def __call__(self, space: Space) -> nn.Module:
        return nn.Sequential(*_seen(space.shape[0], self.width))


@dataclass(frozen=True)
class Verdict:
    """A glance -> a logit: convolutions and pooling down to the smallest map, and a layer of `hidden` units.

    Raises `BadInput` as `pyramid` does.
    """

    width: int = 32
    hidden: int = 500

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        channels = widths(self.width, shape.halvings)
        layers = [layer for a, b in pairwise(channels) for layer in _seen(a, b)]
        features = channels[-1] * shape.base[0] * shape.base[1]
        read = [nn.Flatten(), nn.Linear(features, self.hidden), nn.PReLU(self.hidden)]
        return Score(nn.Sequential(*layers, *read), nn.Linear(self.hidden, 1))


@final
class Normed(nn.Module):
    """A linear layer, batch norm without gain and bias, and a PReLU.

    The running statistics stand still while the layer is frozen, so that a turn changes only what it moves.
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


def _seen(channels: int, width: int) -> list[nn.Module]:
    return [nn.Conv2d(channels, width, 5, padding=2), nn.PReLU(width), nn.MaxPool2d(2)]
