"""Instance normalisation, which image-to-image nets use in place of batch norm."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from sparring.nets.layers.weights import normal_weights, zero_bias


@dataclass(frozen=True)
class InstanceNorm:
    """Normalise by mean and variance over the map, for each sample and channel; without gain and bias.

    There are no running statistics.
    Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022.
    """

    def __call__(self, channels: int) -> nn.Module:
        return nn.InstanceNorm2d(channels)


def initialise(net: nn.Module, norm: InstanceNorm | None) -> nn.Module:
    """Return the same net, with new weights of its convolutions, set in place.

    With a norm the weights are drawn from N(0, 0.02^2); without one they get He's initialisation.  Biases are
    0.
    """
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            if norm is None:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                zero_bias(layer)
            else:
                normal_weights(layer, 0.02)
    return net


def with_norm(
    norm: InstanceNorm | None, layer: nn.Module, channels: int, activation: nn.Module
) -> list[nn.Module]:
    """Return the layers [layer, norm, activation], without the norm if `norm` is None.

    `channels` is the number of channels that `layer` returns.
    """
    return [layer, activation] if norm is None else [layer, norm(channels), activation]
