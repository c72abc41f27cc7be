"""U-Nets from pictures and from label maps, and the discriminators of pairs."""

from __future__ import annotations

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.kinds import Image, LabelMap, Vector
from sparring.core.space import Space
from sparring.nets.families.patch import PairDiscriminator
from sparring.nets.families.unet import UNet, possible_halvings


def space(kind, shape=(3, 16, 24)) -> Space:
    return Space(shape, 0, columns={"source": kind})


@pytest.mark.parametrize("kind", [Image(1, 16, 24), LabelMap(5, 16, 24)])
def test_a_source_becomes_a_picture_and_a_pair_a_score_for_every_patch(kind):
    source = kind.to_nets(torch.randint(5, (2, 16, 24, 1) if isinstance(kind, Image) else (2, 16, 24)).byte())
    net, D = UNet(8)(space(kind)), PairDiscriminator(8, 2)(space(kind))
    x = net(source)
    assert x.shape == (2, 3, 16, 24)
    assert x.abs().max() < 1
    assert D(x, source).shape == (2,)
    assert D.map(x, source).shape[:2] == (2, 1)


def test_the_innermost_map_and_the_first_skip_both_reach_the_picture():
    net = UNet(8, norm=None)(space(Image(1, 16, 24)))
    source = torch.randn(1, 1, 16, 24, generator=torch.Generator().manual_seed(0)).requires_grad_()
    net(source)[0, :, 0].sum().backward()
    assert source.grad[0, 0, 0].any()  # by the first skip
    assert source.grad[0, 0, 8:].any()  # by the innermost map alone: skips see 7 pixels down at most


def test_the_discriminator_of_pairs_depends_on_the_source():
    D, x = PairDiscriminator(8, 1)(space(LabelMap(4, 16, 24))).eval(), torch.rand(2, 3, 16, 24)
    one, other = torch.zeros(2, 16, 24, dtype=torch.int64), torch.ones(2, 16, 24, dtype=torch.int64)
    assert not torch.allclose(D(x, one), D(x, other))


@pytest.mark.parametrize(
    ("height", "width", "most", "count"), [(32, 32, 8, 4), (28, 28, 8, 2), (16, 24, 2, 2), (6, 4, 8, 1)]
)
def test_sides_are_halved_as_often_as_they_can(height, width, most, count):
    assert possible_halvings(height, width, most) == count


@pytest.mark.parametrize(
    ("kind", "shape", "words"),
    [
        (Vector(3), (3, 16, 24), "pictures or label maps"),
        (Image(1, 8, 8), (3, 16, 24), "'source' is 8x8, x is 16x24"),
        (Image(1, 15, 24), (3, 15, 24), "even sides"),
        (Image(1, 16, 24), (2,), "pictures or label maps"),
    ],
)
def test_what_cannot_be_translated_is_refused(kind, shape, words):
    with pytest.raises(BadInput, match=words):
        UNet(8)(space(kind, shape))
