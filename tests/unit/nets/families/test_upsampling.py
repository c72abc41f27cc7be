"""The plain family: sizes, nothing that normalises, pixels doubled by repetition."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sparring.core.space import Space
from sparring.nets.families.upsampling import Discriminator, Generator


@pytest.mark.parametrize("shape", [(1, 8, 8), (2, 28, 28), (3, 32, 32), (4, 64, 32)])
def test_sizes(shape: tuple[int, int, int]) -> None:
    space, x = Space(shape, 5), torch.randn(2, *shape)
    fake = Generator(4)(space)(torch.randn(2, 5))
    assert fake.shape == x.shape
    assert fake.abs().max() <= 1
    assert Discriminator(4)(space)(x).shape == (2,)
    assert Discriminator(4, outputs=3)(space)(x).shape == (2, 3)


def test_channels_grow_inwards_in_the_discriminator_and_not_in_the_generator() -> None:
    space = Space((1, 32, 32), 5)
    back = [m for m in Discriminator(4, depth=2)(space).modules() if isinstance(m, nn.Conv2d)]
    halving = [(m.in_channels, m.out_channels) for m in back if m.stride == (2, 2)]
    assert halving == [
        (4, 8),
        (8, 12),
        (12, 16),
    ]
    plain = [m for m in Generator(4, depth=2)(space).modules() if isinstance(m, nn.Conv2d)]
    assert [(m.in_channels, m.out_channels) for m in plain] == [(4, 4)] * 8 + [(4, 1)]


def test_pixels_are_doubled_by_repetition() -> None:
    net = Generator(4)(Space((1, 16, 16), 5))
    doubling = [m for m in net.modules() if isinstance(m, nn.Upsample)]
    assert len(doubling) == 2
    x = torch.randn(1, 4, 3, 3)
    assert torch.equal(doubling[0](x), x.repeat_interleave(2, 2).repeat_interleave(2, 3))


def test_nothing_normalises_and_nothing_remembers() -> None:
    for build in (Generator(4), Discriminator(4)):
        assert list(build(Space((1, 8, 8), 5)).buffers()) == []


def test_a_new_net_keeps_the_signals_size() -> None:
    torch.manual_seed(0)
    space = Space((3, 64, 64), 64)
    assert 0.1 < Generator()(space)(torch.rand(8, 64) * 2 - 1).std() < 0.9
    assert 0.4 < Discriminator(outputs=64)(space)(torch.randn(8, 3, 64, 64).tanh()).std() < 2
