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
class Generator:
    """The generator made by `net`, its batch norms virtual, with `rows` latents for a reference.

    Raises `BadInput` where the net has no batch norm.
    """

    net: Builder
    rows: int = 64

    def __call__(self, space: Space) -> nn.Module:
        return Referred(self.net(space), torch.randn(self.rows, space.latent), of_data=False)


@dataclass(frozen=True)
class Critic:
    """The critic made by `net`, its batch norms virtual, with `rows` data for a reference.

    Raises `BadInput` where the net has no batch norm.
    """

    net: Builder
    rows: int = 64

    def __call__(self, space: Space) -> nn.Module:
        return Referred(self.net(space), torch.randn(self.rows, *space.shape), of_data=True)


@dataclass(frozen=True)
class Refer:
    """On entering a stage: every net that refers to a batch is shown one, of latents or of data."""

    def __call__(self, nets: Nets, draw: Callable[[], Batch]) -> None:
        for net in nets.values():
            if isinstance(net, Referred):
                net.refer(draw)


@final
class Referred(nn.Module):
    """A net that takes its reference batch along with every batch, and gives the batch's rows alone.

    The reference is noise until `refer` sets it, and the same ever after.
    """

    reference: Tensor

    def __init__(self, net: nn.Module, reference: Tensor, of_data: bool) -> None:
        super().__init__()
        if not _exchanged(net, len(reference)):
            raise BadInput("there is no batch norm to make virtual: give a net with one, or larger pictures")
        self.net = net
        self.of_data = of_data
        self.register_buffer("reference", reference)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.net(self._along(x))
        return found[len(self.reference) :]

    def features(self, x: Tensor) -> Tensor:
        """What the head of a critic reads, float32 (n, m)."""
        found: Tensor = self.net.features(self._along(x))  # type: ignore[operator]  # torch: or a tensor
        return found[len(self.reference) :]

    @torch.no_grad()
    def refer(self, draw: Callable[[], Batch]) -> None:
        """Take the first rows of as many batches as it needs for the reference."""
        rows = 0
        while rows < len(self.reference):
            batch = draw()
            found = (batch.x if self.of_data else batch.z)[: len(self.reference) - rows]
            self.reference[rows : rows + len(found)] = found
            rows += len(found)

    def _along(self, x: Tensor) -> Tensor:
        return torch.cat([self.reference.to(x.dtype), x])


@final
class VirtualNorm(nn.Module):
    """Normalises channels; the first `rows` samples of a batch are the reference.

    A sample's mean and variance are those of the reference batch and the sample itself, the reference's own
    those of the reference alone; gain and bias a channel.
    """

    def __init__(self, norm: nn.BatchNorm2d, rows: int) -> None:
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        self.eps, self.rows = norm.eps, rows

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x.float(), (2, 3), correction=0)  # of each sample and channel
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


def _exchanged(net: nn.Module, rows: int) -> bool:
    """Whether there were batch norms in `net`; they are virtual now, with the same gains and biases."""
    found = False
    for name, layer in net.named_children():
        if isinstance(layer, nn.BatchNorm2d):
            net.set_submodule(name, VirtualNorm(layer, rows))
            found = True
        else:
            found = _exchanged(layer, rows) or found
    return found
