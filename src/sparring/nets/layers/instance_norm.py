"""Instance normalisation, which nets from picture to picture have in place of batch norm."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class InstanceNorm:
    """Mean and variance over the map, one pair a sample and channel; no gain, bias or memory.

    Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022.
    """

    def __call__(self, channels: int) -> nn.Module:
        return nn.InstanceNorm2d(channels)


def drawn(net: nn.Module, norm: InstanceNorm | None) -> nn.Module:
    """The same net with weights N(0, 0.02), or without normalisation He's, and biases 0."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            if norm is None:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            else:
                nn.init.normal_(layer.weight, 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net


def after(
    norm: InstanceNorm | None, layer: nn.Module, channels: int, activation: nn.Module
) -> list[nn.Module]:
    """A layer, the norm of its `channels` where there is one, and an activation."""
    return [layer, activation] if norm is None else [layer, norm(channels), activation]
