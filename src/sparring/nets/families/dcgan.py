"""Strided convolutional generator and discriminator, by the guidelines of DCGAN.

No pooling, no hidden dense layer; normalisation everywhere except at G's output and D's input layer;
ReLU in G, leaky ReLU (0.2) in D; weights N(0, 0.02), gains N(1, 0.02), biases 0.  A net without
normalisation, which the guidelines do not cover, gets He's initialisation.
Radford, Metz and Chintala 2015, arXiv:1511.06434, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from torch import nn

from sparring.core.builders import PlainDiscriminator, PlainGenerator
from sparring.core.knobs import FIXED
from sparring.core.space import Space
from sparring.nets.heads.heads import SampleHead, Score
from sparring.nets.layers.norm import BatchNorm, Norm
from sparring.nets.layers.resolution import projection, pyramid, widths
from sparring.nets.layers.weights import normal_weights


@dataclass(frozen=True)
class Generator(PlainGenerator):
    """Build G: z is projected to the smallest map, which transposed 4x4 convolutions double in size.

    `width` is the number of channels of the map next to the picture.  Raises `BadInput` as `pyramid` does.
    """

    width: int = 64
    norm: Norm = field(default_factory=BatchNorm)

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        channels = widths(self.width, shape.halvings)[::-1]
        layers = projection(space.latent, channels[0], shape, bias=self.norm is None)
        layers.extend(_after(self.norm, channels[0], nn.ReLU(inplace=True)))
        for a, b in pairwise(channels):
            layers.append(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=self.norm is None))
            layers.extend(_after(self.norm, b, nn.ReLU(inplace=True)))
        layers.append(nn.ConvTranspose2d(channels[-1], space.shape[0], 4, 2, 1))
        return _initialised(SampleHead(nn.Sequential(*layers), space), self.norm)


@dataclass(frozen=True)
class Discriminator(PlainDiscriminator):
    """Build D: 4x4 convolutions of stride 2 halve the picture; a linear layer returns `outputs` numbers.

    `width` is the number of channels of the first map.  Raises `BadInput` as `pyramid` does.
    """

    width: int = 64
    norm: Norm = field(default_factory=BatchNorm)
    outputs: int = field(default=1, metadata=FIXED)

    def __call__(self, space: Space) -> nn.Module:
        shape = pyramid(space)
        channels = widths(self.width, shape.halvings)
        layers: list[nn.Module] = [nn.Conv2d(space.shape[0], channels[0], 4, 2, 1), nn.LeakyReLU(0.2)]
        for a, b in pairwise(channels):
            layers.append(nn.Conv2d(a, b, 4, 2, 1, bias=self.norm is None))
            layers.extend(_after(self.norm, b, nn.LeakyReLU(0.2)))
        height, width = shape.base
        head = nn.Linear(channels[-1] * height * width, self.outputs)
        return _initialised(Score(nn.Sequential(*layers, nn.Flatten()), head), self.norm)


def _after(norm: Norm, channels: int, activation: nn.Module) -> list[nn.Module]:
    return [activation] if norm is None else [norm(channels), activation]


def _initialised(net: nn.Module, norm: Norm) -> nn.Module:
    """The same net with new random weights.

    Without normalisation N(0, 0.02) would shrink the signal to a few per cent from layer to layer, so that
    neither net learns for hundreds of steps: He's variance preserves it.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            normal_weights(layer, 0.02 if norm is not None else _he(layer))
        elif isinstance(layer, nn.BatchNorm2d | nn.GroupNorm):
            normal_weights(layer, 0.02, mean=1.0)
    return net


def _he(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> float:
    """The standard deviation of weights that preserves the signal's size through a layer and a ReLU.

    He et al. 2015, arXiv:1502.01852, equation 10.  Of a 4x4 transposed convolution's 16 taps (stride 2), 4
    contribute to a pixel.
    """
    if isinstance(layer, nn.ConvTranspose2d):
        taps = layer.kernel_size[0] * layer.kernel_size[1] // (layer.stride[0] * layer.stride[1])
        return float((2 / (layer.in_channels * taps)) ** 0.5)
    return float((2 / layer.weight[0].numel()) ** 0.5)
