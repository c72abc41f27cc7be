"""Plain 3x3 convolutions with ELUs and no normalisation, after BEGAN.

D halves maps by a stride of 2, with `width` more channels each time; G doubles them by nearest-neighbour
upsampling, at `width` channels throughout.
Berthelot, Schumm and Metz 2017, arXiv:1703.10717, section 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn

from sparring.core.builders import PlainDiscriminator, PlainGenerator
from sparring.core.knobs import FIXED
from sparring.core.space import Space
from sparring.nets.heads.heads import SampleHead, Score
from sparring.nets.layers.resolution import projection, pyramid
from sparring.nets.layers.weights import scaled_weights

GAIN = 1.245
"""1 / sqrt(0.645): restores the size of a standard normal signal after an ELU, as E elu(v)^2 = 0.645."""


@dataclass(frozen=True)
class Generator(PlainGenerator):
    """Build G: a linear projection of z to the smallest map, then `depth` convolutions at each size.

    `width` is the number of channels of every map.  Raises `BadInput` as `pyramid` does.
    """

    width: int = 32
    depth: int = 1

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        layers = projection(space.latent, self.width, shape)
        layers.extend(_conv_layers(self.width, self.depth))
        for _ in range(shape.halvings):
            layers.extend(
                [nn.Upsample(scale_factor=2, mode="nearest"), *_conv_layers(self.width, self.depth)]
            )
        layers.append(nn.Conv2d(self.width, space.shape[0], 3, padding=1))
        return _initialised(SampleHead(nn.Sequential(*layers), space))


@dataclass(frozen=True)
class Discriminator(PlainDiscriminator):
    """Build D: `depth` convolutions before each halving, then `outputs` linear units on the smallest map.

    `width` is the number of channels at the picture's own size.  Raises `BadInput` as `pyramid` does.
    """

    width: int = 32
    depth: int = 1
    outputs: int = field(default=1, metadata=FIXED)

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        layers: list[nn.Module] = [nn.Conv2d(space.shape[0], self.width, 3, padding=1), nn.ELU()]
        for level in range(1, shape.halvings + 1):
            layers.extend(_conv_layers(level * self.width, self.depth))
            layers.extend([nn.Conv2d(level * self.width, (level + 1) * self.width, 3, 2, 1), nn.ELU()])
        last = (shape.halvings + 1) * self.width
        layers.extend([*_conv_layers(last, self.depth), nn.Flatten()])
        head = nn.Linear(last * shape.base[0] * shape.base[1], self.outputs)
        return _initialised(Score(nn.Sequential(*layers), head))


def _conv_layers(channels: int, depth: int) -> list[nn.Module]:
    return [layer for _ in range(depth) for layer in (nn.Conv2d(channels, channels, 3, padding=1), nn.ELU())]


def _initialised(net: nn.Module) -> nn.Module:
    """The same net, its weights set to N(0, gain^2 / fan-in) and its biases to 0."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            scaled_weights(layer, GAIN)
    return net
