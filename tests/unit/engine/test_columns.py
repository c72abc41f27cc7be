"""Slopes of weights by columns against the library's."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from sparring.engine.columns import ColumnConv2d, ColumnConvTranspose2d, use_column_gradients, weight_gradient

aten = torch.ops.aten


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    ("side", "stride", "padding"), [(4, 2, 1), (3, 1, 1), (5, 1, 2), (4, 1, 1), (3, 2, 0)]
)
def test_a_weight_s_slope_is_the_library_s(side: int, stride: int, padding: int, transposed: bool) -> None:
    torch.manual_seed(0)
    kind = nn.ConvTranspose2d if transposed else nn.Conv2d
    layer = kind(3, 5, side, stride, padding, bias=False, dtype=torch.float64)
    x = torch.randn(2, 3, 7, 9, dtype=torch.float64)
    y = layer(x)
    slope = torch.randn_like(y)
    (expected,) = torch.autograd.grad(y, layer.weight, slope)
    large, small = (slope, x) if transposed else (x, slope)
    assert torch.allclose(weight_gradient(large, small, side, stride, padding), expected)


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 16, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(16, 4, 4, 2, 1),
    )  # fmt: skip


def slopes(layers: nn.Module, x: torch.Tensor, *, twice: bool = False) -> list[torch.Tensor]:
    """Of a sum of squares, or of the squares of its slope at x, at the input and at all parameters."""
    x = x.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        loss = layers(x).float().square().mean()
        if twice:
            loss = torch.func.grad(lambda point: layers(point).float().square().mean())(x).square().sum()
    return list(torch.autograd.grad(loss, [x, *layers.parameters()], materialize_grads=True))


@pytest.mark.parametrize("twice", [False, True])
def test_a_net_learns_the_same_with_either(twice: bool) -> None:
    """In bfloat16, of which both ways round differently."""
    library = net()
    columned = copy.deepcopy(library)
    use_column_gradients(columned)
    assert [type(layer) for layer in columned][::2] == [ColumnConv2d, ColumnConv2d, ColumnConvTranspose2d]
    x = torch.randn(4, 3, 8, 8)
    for found, expected in zip(
        slopes(columned, x, twice=twice), slopes(library, x, twice=twice), strict=True
    ):
        assert (found - expected).norm() <= 0.02 * expected.norm()


def test_in_float32_nothing_changes() -> None:
    library = net()
    columned = copy.deepcopy(library)
    use_column_gradients(columned)
    x = torch.randn(4, 3, 8, 8)
    assert torch.equal(columned(x), library(x))


def test_a_copy_has_weights_of_its_own() -> None:
    columned = net()
    use_column_gradients(columned)
    other = copy.deepcopy(columned)
    with torch.no_grad():
        other[0].weight.zero_()
    x = torch.randn(1, 3, 8, 8)
    assert not torch.equal(other(x), columned(x))


def test_layers_of_other_kinds_stay() -> None:
    layers = nn.Sequential(
        nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 3, dilation=2), nn.Conv2d(4, 4, (3, 1)),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), nn.ConvTranspose2d(4, 4, 3, 2, 1, 1),
    )  # fmt: skip
    use_column_gradients(layers)
    assert {type(layer) for layer in layers} == {nn.Conv2d, nn.ConvTranspose2d}
