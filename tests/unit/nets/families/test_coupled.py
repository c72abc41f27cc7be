"""Shared middles, separate ends, and statistics that neither turns nor domains mix."""

from __future__ import annotations

import torch
from torch import nn

from sparring.core.space import Space
from sparring.nets.families.coupled import (
    DomainInput,
    DomainOutput,
    NormPReLU,
    SharedDiscriminator,
    SharedGenerator,
)

SPACE = Space((1, 16, 16), 10)


def test_maps_meet_at_the_ends() -> None:
    shared = SharedGenerator(4)(SPACE)(torch.randn(3, 10))
    assert shared.shape == (3, 4, 16, 16)
    assert DomainOutput(4)(SPACE)(shared).shape == (3, 1, 16, 16)
    assert SharedDiscriminator(4)(SPACE)(DomainInput(4)(SPACE)(torch.randn(3, 1, 16, 16))).shape == (3,)


def test_norm_has_no_gain_and_discriminators_have_no_norm() -> None:
    norms = [layer for layer in SharedGenerator(4)(SPACE).modules() if isinstance(layer, nn.BatchNorm2d)]
    assert len(norms) == 3
    assert not any(True for norm in norms for _ in norm.parameters())
    discriminator = nn.Sequential(DomainInput(4)(SPACE), SharedDiscriminator(4)(SPACE))
    x = torch.randn(6, 1, 16, 16)
    assert torch.allclose(discriminator(x)[:2], discriminator(x[:2]), atol=1e-6)


def test_statistics_stand_still_while_frozen_and_are_learnt_while_moved() -> None:
    torch.manual_seed(0)
    net = NormPReLU(nn.Conv2d(2, 3, 1, bias=False), 3)
    x = 5 + 2 * torch.randn(400, 2, 4, 4)
    net.requires_grad_(False)
    frozen = net(x)
    assert not net.norm.running_mean.any()
    net.requires_grad_(True)
    assert torch.allclose(net(x), frozen, atol=1e-5)
    for _ in range(200):
        net(x)
    net.eval()
    assert torch.allclose(net(x), frozen, atol=1e-2)
