"""Spectral normalisation against the singular values themselves, and what it remembers."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize

from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.layers.spectral_norm import SpectralNormalised, SpectralNormWeight

SPACE = Space((3, 16, 16), 4)
DISCRIMINATORS = [mlp.Discriminator(16), dcgan.Discriminator(8, norm=None), resnet.Discriminator(8)]

every = pytest.mark.parametrize("discriminator", DISCRIMINATORS, ids=repr)


def _layers(net: nn.Module) -> list[nn.Module]:
    return [layer for layer in net.modules() if parametrize.is_parametrized(layer)]


def _net(discriminator: Builder, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return SpectralNormalised(discriminator)(SPACE)


@every
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_largest_singular_value_of_every_layer_is_one(discriminator: Builder, scale: float) -> None:
    """After some uses, for each takes one power iteration; a convolution is read as (out, in * k * k).

    Where the leading singular values lie close together the vectors take long, and the error is small.
    """
    net = _net(discriminator)
    x = torch.randn(2, *SPACE.shape)
    with torch.no_grad():
        for layer in _layers(net):
            layer.parametrizations.weight.original.mul_(scale)
    for _ in range(150):
        net(x)
    layers = _layers(net.eval())
    assert len(layers) == sum(isinstance(m, nn.Linear | nn.Conv2d) for m in net.modules())
    for layer in layers:
        largest = torch.linalg.svdvals(layer.weight.flatten(1))[0].item()
        assert largest == pytest.approx(1.0, abs=0.02)


def test_one_step_s_error_is_small_from_the_start() -> None:
    largest = [
        torch.linalg.svdvals(layer.weight.flatten(1))[0].item() for layer in _layers(_net(DISCRIMINATORS[1]))
    ]
    assert all(0.99 < value < 1.15 for value in largest)


def test_the_gradient_takes_the_vectors_as_constants() -> None:
    """Of W / (u' W v): (dL/dW' - <dL/dW', W'> u v') / sigma, equation 12 of the paper."""
    torch.manual_seed(0)
    weight = torch.randn(4, 6, requires_grad=True)
    norm = SpectralNormWeight(weight, 1.0)
    norm.eval()
    outer = torch.randn(4, 6)
    (found,) = torch.autograd.grad((norm(weight) * outer).sum(), weight)
    with torch.no_grad():
        sigma = norm.u @ weight @ norm.v
        expected = (outer - (outer * weight / sigma).sum() * torch.outer(norm.u, norm.v)) / sigma
    assert torch.allclose(found, expected, atol=1e-5)


def test_a_discriminator_of_linear_layers_is_nowhere_steep() -> None:
    net = _net(mlp.Discriminator(32))
    x = torch.randn(200, *SPACE.shape)
    for _ in range(100):
        net(x[:2])
    near = x + 0.1 * torch.randn_like(x)
    with torch.no_grad():
        rise = (net.eval()(x) - net(near)).abs() / (x - near).flatten(1).norm(dim=1)
    assert rise.max() <= 1.01


def test_layers_of_another_norm_multiply_the_slope() -> None:
    """Three linear layers and leaky ReLUs without biases are homogeneous: norm 2 is 8 times norm 1."""
    twice = SpectralNormalised(mlp.Discriminator(32), norm=2.0)
    torch.manual_seed(0)
    one = SpectralNormalised(mlp.Discriminator(32))(SPACE)
    torch.manual_seed(0)
    two = twice(SPACE)
    for net in (one, two):
        for name, parameter in net.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
        net.eval()
    x = torch.randn(5, *SPACE.shape)
    assert torch.allclose(two(x), 8 * one(x), rtol=1e-4)
    assert twice.outputs == 1


@every
def test_frozen_or_evaluated_its_vectors_stand_still(discriminator: Builder) -> None:
    net = _net(discriminator)
    x = torch.randn(2, *SPACE.shape)

    def moved() -> bool:
        before = {key: value.clone() for key, value in net.state_dict().items()}
        net(x)
        return any(not torch.equal(value, before[key]) for key, value in net.state_dict().items())

    assert moved()
    net.requires_grad_(False)
    assert not moved()
    net.requires_grad_(True).eval()
    assert not moved()
    net.train()
    assert moved()


def test_two_uses_in_one_loss_have_a_gradient() -> None:
    net = _net(dcgan.Discriminator(8, norm=None))
    loss = net(torch.randn(2, *SPACE.shape)).mean() - net(torch.randn(2, *SPACE.shape)).mean()
    gradients = torch.autograd.grad(loss, list(net.parameters()))
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_layers_that_start_at_zero_are_drawn_anew() -> None:
    plain, net = resnet.Discriminator(8)(SPACE), _net(resnet.Discriminator(8))
    zeros = [m for m in plain.modules() if isinstance(m, nn.Conv2d) and not m.weight.any()]
    assert zeros
    assert all(layer.weight.any() and layer.weight.isfinite().all() for layer in _layers(net))


def test_a_copy_has_its_own_vectors() -> None:
    net = _net(mlp.Discriminator(8))
    twin = copy.deepcopy(net)
    before = net.state_dict()
    assert all(torch.equal(value, before[key]) for key, value in twin.state_dict().items())
    kept = {key: value.clone() for key, value in before.items()}
    twin(torch.randn(2, *SPACE.shape))
    assert all(torch.equal(value, kept[key]) for key, value in net.state_dict().items())
