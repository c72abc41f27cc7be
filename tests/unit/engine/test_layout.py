"""Channels last where nets turn maps into vectors and vectors into maps."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from sparring.engine.layout import channels_last

LAST = torch.channels_last


def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(6, 32), nn.Unflatten(1, (8, 2, 2)), nn.ConvTranspose2d(8, 8, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(8, 8, 3, 1, 1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(128, 1),
    )  # fmt: skip


def maps_of(layers: nn.Sequential, z: Tensor) -> dict[str, bool]:
    """Whether each map on the way, and its slope on the way back, lies with channels last."""
    found: dict[str, bool] = {}

    def look(name: str, x: Tensor) -> None:
        if x.dim() == 4:
            found[name] = x.is_contiguous(memory_format=LAST)

    y = z
    for i, layer in enumerate(layers):
        y = layer(y)
        look(f"{i} there", y)
        y.register_hook(lambda slope, i=i: look(f"{i} back", slope))
    y.sum().backward()
    return found


def test_every_map_and_every_slope_keeps_the_layout() -> None:
    layers = net()
    assert not all(maps_of(copy.deepcopy(layers).to(memory_format=LAST), torch.randn(3, 6)).values())
    channels_last(layers)
    found = maps_of(layers, torch.randn(3, 6))
    assert len(found) == 10
    assert all(found.values()), found


@pytest.mark.parametrize("twice", [False, True])
def test_nothing_else_changes(twice: bool) -> None:
    plain = net()
    laid = copy.deepcopy(plain)
    channels_last(laid)
    z, slopes = torch.randn(3, 6), []
    for layers in (plain, laid):
        y = (
            torch.func.grad(lambda point, layers=layers: layers(point).square().sum())(z)
            if twice
            else layers(z)
        )
        slopes.append(torch.autograd.grad(y.square().sum(), list(layers.parameters()), allow_unused=True))
    for one, other in zip(*slopes, strict=True):
        assert (one is None) == (other is None)
        assert one is None or torch.allclose(one, other, rtol=1e-4, atol=1e-5)
