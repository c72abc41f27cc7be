"""Convolution arithmetic (Dumoulin and Visin 2016, arXiv:1603.07285) that the convolutional nets rest on."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from sparring.core.space import Space
from sparring.nets.families import dcgan


@pytest.mark.parametrize(("height", "width"), [(8, 8), (28, 28), (30, 30), (64, 32)])
def test_maps_have_the_sizes_that_the_formulas_give(height: int, width: int) -> None:
    """Convolution: floor((i + 2p - k)/s) + 1; transposed: (i - 1)s - 2p + k."""
    space, sizes = Space((1, height, width), 5), []

    def note(layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        for i, o in zip(inputs[0].shape[2:], output.shape[2:], strict=True):
            up = isinstance(layer, nn.ConvTranspose2d)
            sizes.append((o, (i - 1) * 2 - 2 + 4 if up else (i + 2 - 4) // 2 + 1, 2 * i if up else i // 2))

    for net, x in (
        (dcgan.Generator(4)(space), torch.randn(2, 5)),
        (dcgan.Discriminator(4)(space), torch.randn(2, 1, height, width)),
    ):
        for layer in net.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                layer.register_forward_hook(note)
        net(x)
    assert sizes
    assert all(size == formula == simple for size, formula, simple in sizes)


def test_a_transposed_convolution_is_the_gradient_of_the_convolution() -> None:
    weight = torch.randn(5, 3, 4, 4, dtype=torch.float64)
    x, y = torch.randn(1, 3, 8, 6, dtype=torch.float64), torch.randn(1, 5, 4, 3, dtype=torch.float64)
    down = functional.conv2d(x, weight, stride=2, padding=1)
    up = functional.conv_transpose2d(y, weight, stride=2, padding=1)
    assert torch.isclose((down * y).sum(), (x * up).sum(), rtol=1e-9)


def test_the_generators_kernels_weigh_every_pixel_alike() -> None:
    """No checkerboard: a constant map stays constant inside, as the stride divides the kernel."""
    net = dcgan.Generator(4)(Space((1, 32, 32), 5))
    layer = [m for m in net.modules() if isinstance(m, nn.ConvTranspose2d)][-1]
    with torch.no_grad():
        layer.weight.fill_(1)
        inside = layer(torch.ones(1, layer.in_channels, 16, 16))[..., 2:-2, 2:-2]
    assert inside.unique().numel() == 1
