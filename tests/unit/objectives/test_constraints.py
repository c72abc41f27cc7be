"""Weight clipping: what it bounds and what it leaves."""

from __future__ import annotations

import torch
from torch import nn

from sparring.objectives.constraints import Clip


def test_weights_and_biases_are_bounded_and_small_ones_kept() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Linear(4, 2))
    with torch.no_grad():
        net[1].bias.copy_(torch.tensor([0.005, -7.0]))
    Clip(0.01)(net)
    assert all(p.abs().max() <= 0.01 for p in net.parameters())
    assert torch.allclose(net[1].bias, torch.tensor([0.005, -0.01]))


def test_normalisation_is_left_alone() -> None:
    net = nn.Sequential(nn.BatchNorm2d(4), nn.GroupNorm(1, 4), nn.LayerNorm(4))
    net[0](torch.randn(5, 4, 2, 2) + 3)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    Clip(0.01)(net)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert all(p.requires_grad for p in net.parameters())
