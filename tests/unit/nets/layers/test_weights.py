import pytest
import torch
from torch import nn

from sparring.nets.layers.weights import normal_weights, scaled_weights, zero_bias


def test_weights_have_the_deviation_asked_for_and_biases_are_zero():
    layer = nn.Conv2d(32, 64, 3)
    normal_weights(layer, 0.5, mean=2.0)
    assert layer.weight.mean().item() == pytest.approx(2.0, abs=0.02)
    assert layer.weight.std().item() == pytest.approx(0.5, rel=0.05)
    assert not layer.bias.any()
    scaled_weights(layer, 3.0)
    assert layer.weight.std().item() == pytest.approx(3.0 / (32 * 9) ** 0.5, rel=0.05)


def test_the_weights_are_the_next_normal_numbers():
    layer = nn.Linear(4, 3, bias=False)
    torch.manual_seed(5)
    scaled_weights(layer, 1.0)
    torch.manual_seed(5)
    assert torch.equal(layer.weight, torch.empty(3, 4).normal_(0, 0.5))


def test_a_layer_without_biases_is_left_as_it_is():
    layer = nn.Linear(4, 3, bias=False)
    before = layer.weight.clone()
    zero_bias(layer)
    assert torch.equal(layer.weight, before)
