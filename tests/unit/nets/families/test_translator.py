"""Translators keep the size, the sample and the border."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families.translator import Translator


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 8), (4, 28, 36)])
def test_a_picture_becomes_one_of_its_size(shape: tuple[int, ...]) -> None:
    net, x = Translator(4, 1)(Space(shape, 0)), torch.randn(3, *shape)
    y = net(x)
    assert y.shape == x.shape
    assert y.abs().max() <= 1
    assert torch.allclose(net(x[:1]), y[:1], atol=1e-5)  # instance norm: no sample sees another


def test_layers_of_the_paper() -> None:
    net = Translator(4, 6)(Space((3, 16, 16), 0))
    convs = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    sides = [conv.kernel_size[0] for conv in convs]
    assert sides == [7, 3, 3, *[3] * 12, 3, 3, 7]
    assert [conv.stride[0] for conv in convs] == [1, 2, 2, *[1] * 12, 2, 2, 1]
    borders = [conv for conv in convs if conv.stride == (1, 1)]
    assert all(conv.padding == (0, 0) for conv in borders)  # reflected instead
    assert len([layer for layer in net.modules() if isinstance(layer, nn.InstanceNorm2d)]) == len(convs) - 1


@pytest.mark.parametrize("shape", [(2,), (1, 30, 28), (1, 4, 4)])
def test_what_cannot_be_translated_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput):
        Translator()(Space(shape, 0))


def test_without_norm_or_halvings_the_signal_keeps_its_size() -> None:
    torch.manual_seed(0)
    net = Translator(16, 2, halvings=0, norm=None)(Space((3, 16, 16), 0))
    assert not any(isinstance(layer, nn.InstanceNorm2d) for layer in net.modules())
    assert all(layer.stride == (1, 1) for layer in net.modules() if isinstance(layer, nn.Conv2d))
    assert 0.3 < net.body(torch.rand(8, 3, 16, 16) * 2 - 1).std() < 10
