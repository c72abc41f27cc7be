"""Normalisation: what it computes and what it remembers."""

from __future__ import annotations

import torch
from torch import nn

from sparring.nets.layers.norm import BatchNorm, LayerNorm


def _pair() -> tuple[nn.Module, nn.BatchNorm2d]:
    torch.manual_seed(0)
    ours, theirs = BatchNorm()(3), nn.BatchNorm2d(3)
    return ours, theirs


def test_a_thawed_batch_norm_is_the_usual_one() -> None:
    ours, theirs = _pair()
    x = torch.randn(8, 3, 4, 4) * 3 + 1
    assert torch.equal(ours(x), theirs(x))
    assert all(torch.equal(a, b) for a, b in zip(ours.buffers(), theirs.buffers(), strict=True))
    assert ours.running_mean.abs().max() > 0


def test_a_frozen_batch_norm_uses_the_batch_and_remembers_nothing() -> None:
    ours, theirs = _pair()
    before = [buffer.clone() for buffer in ours.buffers()]
    ours.requires_grad_(False)
    x = torch.randn(8, 3, 4, 4) * 3 + 1
    assert torch.allclose(ours(x), theirs(x), atol=1e-6)
    assert all(torch.equal(a, b) for a, b in zip(ours.buffers(), before, strict=True))


def test_a_frozen_batch_norm_passes_the_gradient_on() -> None:
    ours, theirs = _pair()
    x = torch.randn(8, 3, 4, 4)
    ours.requires_grad_(False)
    slopes = [torch.func.grad(lambda x, net=net: net(x).pow(3).sum())(x) for net in (ours,)]
    leaf = x.clone().requires_grad_()
    theirs(leaf).pow(3).sum().backward()
    assert torch.allclose(slopes[0], leaf.grad, atol=1e-5)


def test_in_evaluation_the_running_statistics_are_used_frozen_or_not() -> None:
    ours, _ = _pair()
    ours(torch.randn(8, 3, 4, 4) * 3 + 1)
    ours.eval()
    x = torch.randn(2, 3, 4, 4)
    thawed = ours(x)
    assert torch.equal(ours.requires_grad_(False)(x), thawed)
    assert torch.allclose(ours(x[:1]), thawed[:1])


def test_layer_norm_treats_samples_apart() -> None:
    net = LayerNorm()(6)
    x = torch.randn(5, 6, 4, 4) * 3 + 1
    y = net(x)
    assert torch.allclose(net(x[:1]), y[:1], atol=1e-6)
    assert torch.allclose(y.flatten(1).mean(1), torch.zeros(5), atol=1e-5)
    assert torch.allclose(y.flatten(1).std(1, correction=0), torch.ones(5), atol=1e-4)
