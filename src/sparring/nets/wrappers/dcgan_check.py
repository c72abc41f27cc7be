"""Checks that nets follow the guidelines of DCGAN.

Radford, Metz and Chintala 2015, arXiv:1511.06434, section 3; weights after section 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.heads.heads import SampleHead

POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Tanh, nn.Sigmoid, nn.SiLU, nn.GELU)


@dataclass(frozen=True)
class DcganChecked:
    """The net that `inner` builds; raises `BadInput` with all departures unless it follows the guidelines."""

    inner: Builder

    def __call__(self, space: Space) -> nn.Module:
        net = self.inner(space)
        differences = departures(net)
        if differences:
            raise BadInput(
                f"the net departs from DCGAN's guidelines: {'; '.join(differences)}; give --family dcgan"
            )
        return net


def departures(net: nn.Module) -> list[str]:
    """Return a description of each departure of a net of pictures from the guidelines; [] if there is none.

    A net that ends in `SampleHead` is checked as a generator, any other as a discriminator.
    """
    return list(_generator_departures(net) if isinstance(net, SampleHead) else _discriminator_departures(net))


def _generator_departures(net: nn.Module) -> Iterator[str]:
    layers = [layer for layer in net.modules() if not list(layer.children())]
    yield from _common(layers)
    if not any(isinstance(layer, nn.ConvTranspose2d) for layer in layers):
        yield "no transposed convolution enlarges the maps"
    if any(isinstance(layer, ACTIVATIONS) and not isinstance(layer, nn.ReLU) for layer in layers):
        yield "G's hidden activations are not all ReLUs"
    if not any(isinstance(layer, NORMS) for layer in layers):
        yield "G has no batch norm"
    if layers and isinstance(layers[-1], NORMS):
        yield "G's output is batch-normalised"
    if sum(isinstance(layer, nn.Linear) for layer in layers) > 1:
        yield "G has hidden dense layers"


def _discriminator_departures(net: nn.Module) -> Iterator[str]:
    layers = [layer for layer in net.modules() if not list(layer.children())]
    yield from _common(layers)
    strided = [layer for layer in layers if isinstance(layer, nn.Conv2d) and max(layer.stride) > 1]
    if not strided:
        yield "no strided convolution reduces the maps"
    if any(isinstance(layer, ACTIVATIONS) and not isinstance(layer, nn.LeakyReLU) for layer in layers):
        yield "D's activations are not all leaky ReLUs"
    if not any(isinstance(layer, NORMS) for layer in layers):
        yield "D has no batch norm"
    if _normalises_input(layers):
        yield "D's input layer is batch-normalised"
    if sum(isinstance(layer, nn.Linear) for layer in layers) > 1:
        yield "D has hidden dense layers"


def _common(layers: list[nn.Module]) -> Iterator[str]:
    if any(isinstance(layer, POOLS) for layer in layers):
        yield "it pools instead of using strides"


def _normalises_input(layers: list[nn.Module]) -> bool:
    """Whether there is a norm before the first activation."""
    for layer in layers:
        if isinstance(layer, ACTIVATIONS):
            return False
        if isinstance(layer, NORMS):
            return True
    return False
