"""The guidelines of Radford, Metz and Chintala 2015 (arXiv:1511.06434), layer by layer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sparring.core.space import Space
from sparring.nets.families.dcgan import Discriminator, Generator
from sparring.nets.layers.norm import LayerNorm

SPACE = Space((3, 64, 64), 100)
GENERATOR = ["Linear", "Norm", "ReLU"] + ["ConvTranspose2d", "Norm", "ReLU"] * 3 + ["ConvTranspose2d"]
DISCRIMINATOR = ["Conv2d", "LeakyReLU"] + ["Conv2d", "Norm", "LeakyReLU"] * 3 + ["Linear"]


def _layers(net: nn.Module) -> list[nn.Module]:
    shapes = (nn.Flatten, nn.Unflatten)
    return [layer for layer in net.modules() if not list(layer.children()) and not isinstance(layer, shapes)]


def _names(net: nn.Module) -> list[str]:
    norms = (nn.BatchNorm2d, nn.GroupNorm)
    return ["Norm" if isinstance(layer, norms) else type(layer).__name__ for layer in _layers(net)]


def test_layers_in_order() -> None:
    assert _names(Generator()(SPACE)) == GENERATOR
    assert _names(Discriminator()(SPACE)) == DISCRIMINATOR
    assert _names(Discriminator(norm=LayerNorm())(SPACE)) == DISCRIMINATOR
    assert _names(Discriminator(norm=None)(SPACE)) == [name for name in DISCRIMINATOR if name != "Norm"]


def test_convolutions_halve_and_double() -> None:
    for net in (Generator()(SPACE), Discriminator()(SPACE)):
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                assert (layer.kernel_size, layer.stride, layer.padding) == ((4, 4), (2, 2), (1, 1))
            if isinstance(layer, nn.LeakyReLU):
                assert layer.negative_slope == 0.2


def test_channels_double_inwards() -> None:
    convs = [layer for layer in Discriminator(16)(SPACE).modules() if isinstance(layer, nn.Conv2d)]
    assert [conv.out_channels for conv in convs] == [16, 32, 64, 128]


@pytest.mark.parametrize("build", [Generator(32), Discriminator(32)])
def test_weights_are_drawn_as_prescribed(build: Generator | Discriminator) -> None:
    torch.manual_seed(0)
    for layer in _layers(build(SPACE)):
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            n = layer.weight.numel()
            assert abs(layer.weight.mean()) < 5 * 0.02 / n**0.5
            assert abs(layer.weight.std() / 0.02 - 1) < 5 / (2 * n) ** 0.5
        if isinstance(layer, nn.BatchNorm2d):
            n = layer.weight.numel()
            assert abs(layer.weight.mean() - 1) < 5 * 0.02 / n**0.5
            assert 0 < layer.weight.std() < 0.04
        bias = getattr(layer, "bias", None)
        assert bias is None or not bias.any()


def test_a_norm_takes_the_place_of_the_bias_before_it() -> None:
    biases = [
        layer.bias is not None for layer in _layers(Discriminator()(SPACE)) if isinstance(layer, nn.Conv2d)
    ]
    assert biases == [True, False, False, False]
    bare = Discriminator(norm=None)(SPACE)
    assert all(layer.bias is not None for layer in _layers(bare) if isinstance(layer, nn.Conv2d))
