"""Patches of the promised size, and one score of them all."""

from __future__ import annotations

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families.patch import Discriminator


@pytest.mark.parametrize(("side", "map_side"), [(8, 2), (16, 2), (32, 2), (64, 6), (256, 30)])
def test_small_pictures_are_halved_less_often(side: int, map_side: int) -> None:
    net = Discriminator(2)(Space((3, side, side), 0))
    x = torch.randn(2, 3, side, side)
    assert net.map(x).shape == (2, 1, map_side, map_side)
    assert torch.allclose(net(x), net.map(x).mean((1, 2, 3)))


@pytest.mark.parametrize(("halvings", "patch"), [(1, 16), (2, 34), (3, 70)])
def test_a_score_sees_its_patch(halvings: int, patch: int) -> None:
    net = Discriminator(4, halvings, norm=None)(Space((1, 128, 128), 0))  # a norm would look at the whole map
    middle = net.map(torch.zeros(1, 1, 128, 128)).shape[-1] // 2
    slope = torch.func.grad(lambda x: net.map(x)[0, 0, middle, middle])(torch.randn(1, 1, 128, 128))[0, 0]
    for across in (0, 1):
        seen = (slope != 0).any(across).nonzero()
        assert int(seen.max() - seen.min()) + 1 == patch


def test_points_and_tiny_pictures_are_refused() -> None:
    for shape in [(2,), (1, 4, 8)]:
        with pytest.raises(BadInput):
            Discriminator()(Space(shape, 0))
