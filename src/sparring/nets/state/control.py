"""Control variables of a game that depend on past energies: nets without parameters, their state in buffers.

Energies are float tensors (n,), at least 0, low for real; the buffers are float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.space import Space


@dataclass(frozen=True)
class Balance:
    """Build BEGAN's control, which aims at fakes with `gamma` times the energy of data.

    `gamma` is in [0, 1], low for quality and high for diversity; `rate`, lambda in the paper, is the change
    of the weight for one unit of energy.
    """

    gamma: float = 0.5
    rate: float = 0.001

    def __call__(self, space: Space) -> nn.Module:
        return BalanceWeight(self.gamma, self.rate)


@final
class BalanceWeight(nn.Module):
    """The weight k of the fakes in the discriminator's loss, a scalar in [0, 1] that starts at 0.

    Each call returns k, then updates it to k + rate (gamma E(x) - E(G(z))), clipped to [0, 1].
    Berthelot, Schumm and Metz 2017, arXiv:1703.10717, section 3.4.
    """

    weight: Tensor

    def __init__(self, gamma: float, rate: float) -> None:
        super().__init__()
        self.gamma = gamma
        self.rate = rate
        self.register_buffer("weight", torch.zeros(()))

    @torch.no_grad()
    def forward(self, real: Tensor, fake: Tensor) -> Tensor:
        current = self.weight.clone()  # the buffer changes below, before the loss is differentiated
        imbalance = self.gamma * real.float().mean() - fake.float().mean()
        self.weight.add_(self.rate * imbalance).clamp_(0, 1)
        return current


@dataclass(frozen=True)
class ShrinkingMargin:
    """Build MAGAN's margin, which can shrink after every `window` steps of the generator."""

    window: int = 100

    def __call__(self, space: Space) -> nn.Module:
        return ShrinkingMarginState(self.window)


@final
class ShrinkingMarginState(nn.Module):
    """The margin of the energy of fakes, a scalar that never grows; 1 until it is set.

    At the end of a window the margin becomes the data's mean energy R if R is below the margin and below the
    fakes' mean energy F, and F has not fallen since the previous window: then the generator is stuck.
    Wang et al. 2017, arXiv:1704.03817, algorithm 1.
    """

    margin: Tensor
    real: Tensor
    fake: Tensor
    fake_before: Tensor

    def __init__(self, window: int) -> None:
        super().__init__()
        self.window = window
        self.register_buffer("margin", torch.ones(()))
        self.register_buffer("real", torch.zeros(2))  # sum of the means of batches, number of batches
        self.register_buffer("fake", torch.zeros(2))
        self.register_buffer("fake_before", torch.full((), torch.inf))

    def forward(self) -> Tensor:
        """The current margin, a scalar."""
        return self.margin.clone()

    @torch.no_grad()
    def set(self, margin: Tensor) -> None:
        """Set the margin."""
        self.margin.copy_(margin)

    @torch.no_grad()
    def note_real(self, energy: Tensor) -> None:
        """Record the energies (n,) of data from a step of the discriminator."""
        self.real.add_(torch.stack([energy.float().mean(), self.real.new_ones(())]))

    @torch.no_grad()
    def note_fake(self, energy: Tensor) -> None:
        """Record the energies (n,) of fakes from a step of the generator.

        The last step of a window updates the margin.
        """
        self.fake.add_(torch.stack([energy.float().mean(), self.fake.new_ones(())]))
        complete = self.fake[1] >= self.window
        real, fake = self.real[0] / self.real[1], self.fake[0] / self.fake[1]
        stuck = complete & (real < self.margin) & (real < fake) & (self.fake_before <= fake)
        self.margin.copy_(torch.where(stuck, real, self.margin))
        self.fake_before.copy_(torch.where(complete, fake, self.fake_before))
        self.real.mul_(~complete)
        self.fake.mul_(~complete)
