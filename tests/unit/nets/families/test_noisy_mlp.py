"""Dense discriminators that learn under noise."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sparring.core.space import Space
from sparring.nets.families.noisy_mlp import Discriminator, TrainingNoise

SPACE = Space((1, 8, 8), 2)


def test_noise_has_its_deviation_in_training_and_is_gone_in_evaluation() -> None:
    torch.manual_seed(0)
    noise, x = TrainingNoise(0.3), torch.full((200, 100), 2.0)
    found = noise(x) - x
    assert found.mean().item() == pytest.approx(0, abs=0.01)
    assert found.std().item() == pytest.approx(0.3, rel=0.02)
    assert torch.equal(noise.eval()(x), x)


def test_the_data_and_all_hidden_units_but_the_features_are_disturbed() -> None:
    net = Discriminator(16, depth=3, outer=0.1, inner=0.2)(SPACE)
    assert [layer.std for layer in net.modules() if isinstance(layer, TrainingNoise)] == [0.1, 0.2, 0.2]
    assert isinstance(net.trunk[-1], nn.ReLU)
    assert net.features(torch.zeros(3, *SPACE.shape)).shape == (3, 16)


def test_in_evaluation_it_is_a_dense_net_whose_weights_lengths_are_numbers_of_their_own() -> None:
    net, x = Discriminator(16, outputs=4)(SPACE).eval(), torch.randn(5, *SPACE.shape)
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Linear)]
    assert len(layers) == 3
    hidden = x.flatten(1)
    for layer in layers:
        length, direction = layer.parametrizations.weight.original0, layer.parametrizations.weight.original1
        weight = length * direction / direction.norm(dim=1, keepdim=True)
        hidden = hidden @ weight.T + layer.bias
        hidden = hidden if layer is layers[-1] else hidden.relu()
    assert net(x).shape == (5, 4)
    assert torch.allclose(net(x), hidden, atol=1e-5)
