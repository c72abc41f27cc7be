"""Nets with some of their layers replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from sparring.core.recipe import Builder
from sparring.core.space import Space

Replacement = Callable[[nn.Module], nn.Module | None]
"""The replacement of a layer; None leaves it as it is."""


@dataclass(frozen=True)
class SmoothLayers:
    """The net that `inner` builds without sparse gradients: leaky ReLUs for ReLUs, average for max pooling.

    Radford et al. 2015, arXiv:1511.06434, section 3, for discriminators; Chintala et al. 2016 for both nets.
    """

    inner: Builder
    slope: float = 0.2

    def __call__(self, space: Space) -> nn.Module:
        return replace_layers(self.inner(space), self._smooth)

    def _smooth(self, layer: nn.Module) -> nn.Module | None:
        if isinstance(layer, nn.ReLU):
            return nn.LeakyReLU(self.slope, inplace=layer.inplace)
        if isinstance(layer, nn.MaxPool2d):
            return nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding)
        return None


@dataclass(frozen=True)
class WithDropout:
    """The net that `inner` builds, with dropout at `rate` after each hidden activation.

    Srivastava et al. 2014, Dropout; in generators Isola et al. 2016, arXiv:1611.07004, section 2.2, who also
    apply it when sampling; here it is applied in training alone.
    """

    inner: Builder
    rate: float = 0.5

    def __call__(self, space: Space) -> nn.Module:
        return replace_layers(self.inner(space), self._add_dropout)

    def _add_dropout(self, layer: nn.Module) -> nn.Module | None:
        return nn.Sequential(layer, nn.Dropout(self.rate)) if isinstance(layer, ACTIVATIONS) else None


ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU)


def replace_layers(net: nn.Module, replacement: Replacement) -> nn.Module:
    """Return the same net; each inner layer for which `replacement` returns a layer is replaced in place."""
    for name, layer in list(net.named_modules(remove_duplicate=False)):  # a layer may occur in two places
        other = replacement(layer) if name else None
        if other is not None:
            net.set_submodule(name, other)
    return net
