"""Virtual batch normalisation: every sample is normalised by a reference batch that is chosen once.

Batch normalisation makes a sample depend on the others of its batch; here the others are always the same.
Salimans et al. 2016, arXiv:1606.03498, section 3.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space


@dataclass(frozen=True)
class VirtualNormGenerator:
    """The generator that `net` builds, its batch norms virtual, with a reference batch of `rows` latents.

    Raises `BadInput` if the net has no batch norm.
    """

    net: Builder
    rows: int = 64

    def __call__(self, space: Space) -> nn.Module:
        return ReferenceBatchNet(self.net(space), torch.randn(self.rows, space.latent), of_data=False)


@dataclass(frozen=True)
class VirtualNormDiscriminator:
    """The discriminator that `net` builds, its batch norms virtual, with a reference batch of `rows` data.

    Raises `BadInput` if the net has no batch norm.
    """

    net: Builder
    rows: int = 64

    def __call__(self, space: Space) -> nn.Module:
        return ReferenceBatchNet(self.net(space), torch.randn(self.rows, *space.shape), of_data=True)


@dataclass(frozen=True)
class SetReferenceBatch:
    """On entry of a stage, set the reference batch, latents or data, of every net that needs one."""

    def __call__(self, nets: Nets, draw: Callable[[], Batch]) -> None:
        for net in nets.values():
            if isinstance(net, ReferenceBatchNet):
                net.set_reference(draw)


@final
class ReferenceBatchNet(nn.Module):
    """A net that prepends its reference batch to every batch and returns the outputs of the batch alone.

    The reference is noise until `set_reference` sets it; then it does not change.
    """

    reference: Tensor

    def __init__(self, net: nn.Module, reference: Tensor, of_data: bool) -> None:
        super().__init__()
        if not _make_virtual(net, len(reference)):
            raise BadInput("there is no batch norm to make virtual; give a net with one, or larger pictures")
        self.net = net
        self.of_data = of_data
        self.register_buffer("reference", reference)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.net(self._with_reference(x))
        return output[len(self.reference) :]

    def features(self, x: Tensor) -> Tensor:
        """The input of the discriminator's head, float32 (n, m)."""
        features: Tensor = self.net.features(self._with_reference(x))  # type: ignore[operator]  # torch: or a tensor
        return features[len(self.reference) :]

    @torch.no_grad()
    def set_reference(self, draw: Callable[[], Batch]) -> None:
        """Set the reference to the first rows of as many batches of `draw` as it needs."""
        rows = 0
        while rows < len(self.reference):
            batch = draw()
            part = (batch.x if self.of_data else batch.z)[: len(self.reference) - rows]
            self.reference[rows : rows + len(part)] = part
            rows += len(part)

    def _with_reference(self, x: Tensor) -> Tensor:
        return torch.cat([self.reference.to(x.dtype), x])


@final
class VirtualNorm(nn.Module):
    """Normalise each channel of maps (rows + n, c, h, w), whose first `rows` samples are the reference.

    Mean and variance are over the reference batch and the sample itself, for the reference over the reference
    alone; gain and bias per channel.
    """

    def __init__(self, norm: nn.BatchNorm2d, rows: int) -> None:
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        self.eps, self.rows = norm.eps, rows

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x.float(), (2, 3), correction=0)
        (first, later), (spread, later_spread) = self._parts(mean), self._parts(variance)
        middle = first.mean(0, keepdim=True)
        reference = spread.mean(0, keepdim=True) + first.var(0, correction=0, keepdim=True)
        share = 1 / (self.rows + 1)
        mixed = torch.lerp(reference, later_spread, share) + share * (1 - share) * (later - middle).square()
        means = torch.cat([middle.expand_as(first), torch.lerp(middle, later, share)])
        gain = self.weight * (torch.cat([reference.expand_as(first), mixed]) + self.eps).rsqrt()
        shift = self.bias - means * gain
        return (x * gain[:, :, None, None] + shift[:, :, None, None]).to(x.dtype)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x[: self.rows], x[self.rows :]


def _make_virtual(net: nn.Module, rows: int) -> bool:
    """Make the batch norms in `net` virtual, with the same gains and biases; False if there are none."""
    replaced = False
    for name, layer in net.named_children():
        if isinstance(layer, nn.BatchNorm2d):
            net.set_submodule(name, VirtualNorm(layer, rows))
            replaced = True
        else:
            replaced = _make_virtual(layer, rows) or replaced
    return replaced
