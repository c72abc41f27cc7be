"""Initial weights: normal numbers, and biases of 0."""

from __future__ import annotations

from torch import nn

Initialised = nn.Linear | nn.Conv2d | nn.ConvTranspose2d | nn.BatchNorm2d | nn.GroupNorm
"""Layers with a weight and perhaps a bias."""


def normal_weights(layer: Initialised, std: float, mean: float = 0.0) -> None:
    """Draw a layer's weights from N(mean, std^2) and set its biases to 0."""
    nn.init.normal_(layer.weight, mean, std)
    zero_bias(layer)


def scaled_weights(layer: nn.Linear | nn.Conv2d, gain: float) -> None:
    """Draw a layer's weights from N(0, gain^2 / fan-in) and set its biases to 0.

    The fan-in is the number of weights of one output: inputs, times the kernel's area for a convolution.
    """
    normal_weights(layer, gain * layer.weight[0].numel() ** -0.5)


def zero_bias(layer: Initialised) -> None:
    """Set a layer's biases to 0, if it has any."""
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
