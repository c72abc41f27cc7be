"""The residual family: linear when new, interpolated between sizes, without normalisation."""

from __future__ import annotations

import torch
from torch import nn

from sparring.core.space import Space
from sparring.nets.families.resnet import Discriminator, Generator, InvertedBottleneck

SPACE = Space((3, 32, 32), 64)


def _blocks(net: nn.Module) -> list[InvertedBottleneck]:
    return [layer for layer in net.modules() if isinstance(layer, InvertedBottleneck)]


def test_a_new_block_is_the_identity_and_can_leave_it() -> None:
    block = _blocks(Discriminator(8)(SPACE))[0]
    x = torch.randn(2, 8, 5, 5)
    assert torch.equal(block(x), x)
    block(x).square().sum().backward()
    last = list(block.parameters())[-1]
    assert not last.any()
    assert last.grad.abs().max() > 0


def test_a_new_discriminator_is_affine() -> None:
    discriminator = Discriminator(8)(SPACE)
    a, b = torch.randn(2, 3, 32, 32)
    middle, ends = discriminator((a + b)[None] / 2), discriminator(torch.stack([a, b]))
    assert torch.allclose(middle[0], ends.mean(), atol=1e-5)


def test_blocks_stand_at_every_map() -> None:
    for build in (Generator(8, blocks=2), Discriminator(8, blocks=2)):
        assert len(_blocks(build(SPACE))) == 6  # maps of 16, 8 and 4 pixels


def test_the_middle_convolution_is_grouped() -> None:
    middles = [block.body[2] for block in _blocks(Discriminator(16, expansion=2, group=8)(SPACE))]
    assert [conv.in_channels // conv.groups for conv in middles] == [8, 8, 8]
    assert [conv.in_channels for conv in middles] == [32, 64, 128]


def test_no_layer_normalises_and_no_buffer_remembers() -> None:
    for build in (Generator(8), Discriminator(8)):
        assert list(build(SPACE).buffers()) == []


def test_depth_shrinks_what_a_block_is_drawn_with() -> None:
    """Fixup: the standard deviation falls with the fourth root of the number of blocks."""
    torch.manual_seed(0)
    spreads = [_blocks(Discriminator(64, n)(SPACE))[0].body[0].weight.std() for n in (1, 16)]
    assert abs(spreads[0] / spreads[1] - 2) < 0.1


def test_a_new_generator_fills_the_range_without_saturating() -> None:
    torch.manual_seed(0)
    x = Generator()(SPACE)(torch.randn(64, 64))
    assert 0.2 < x.std() < 0.9
