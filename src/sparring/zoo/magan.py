"""MAGAN: an energy-based game whose margin shrinks to the data's energy when the generator stops improving.

    P:  min  E En(x)   over D, before the game; m then starts at E En(x)
    D:  min  E En(x) + E max(0, m - En(G(z)))
    G:  min  E En(G(z))

with D(x) = -En(x).  After each window m becomes the mean E En(x) of its discriminator steps, if that is below
m and below E En(G(z)) of its generator steps, which has not fallen since the last window.  Child of `ebgan`.
Wang, Cully, Chang and Demiris 2017, MAGAN: Margin Adaptation for Generative Adversarial Networks,
arXiv:1704.03817.  Departures: a window is 100 rounds and not an epoch, the discriminator trains alone for a
tenth of the run and not two epochs, Adam, the nets of `ebgan`, samples from averaged weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.optim import Adam
from sparring.core.recipe import Stage, Turn
from sparring.nets.state.control import ShrinkingMargin
from sparring.objectives.energy import EnergyMargin
from sparring.zoo.ebgan import ebgan


@dataclass(frozen=True)
class Reconstruct:
    """The loss of the discriminator before the game, term "energy": the mean energy of data, -E D(x)."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"energy": -n.D(b.x).mean()}


@dataclass(frozen=True)
class DiscriminateWithMargin:
    """The discriminator's loss, term "adv", with the current margin; also records the data's energy."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        real = n.D(b.x)
        n.M.note_real(-real)
        return {"adv": EnergyMargin(n.M()).d(real, n.D(n.G(b.z)))}


@dataclass(frozen=True)
class GenerateLowEnergy:
    """The generator's loss, term "energy": the fakes' mean energy, which is also recorded for the margin."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake = n.D(n.G(b.z))
        n.M.note_fake(-fake)
        return {"energy": EnergyMargin().g(fake)}


def start_margin(nets: Nets, draw: Callable[[], Batch]) -> None:
    """Set the margin to the data's mean energy over 16 batches."""
    nets.M.set(torch.stack([-nets.D(draw().x).mean() for _ in range(16)]).mean())


adam = Adam(5e-4, (0.5, 0.999))

magan = ebgan.but(
    "magan",
    paper="1704.03817",
    title="MAGAN: Margin Adaptation for Generative Adversarial Networks",
    year=2017,
    objective=(
        "P:  min  E En(x)   over D, before the game; m then starts at E En(x)",
        "D:  min  E En(x) + E max(0, m - En(G(z)))",
        "G:  min  E En(G(z))",
    ),
    departures=(
        "a window is 100 rounds and not an epoch",
        "the discriminator trains alone for a tenth of the run and not two epochs",
        "Adam",
        "the nets of `ebgan`",
        "samples from averaged weights",
    ),
    roles={"M": "state"},
    nets={"M": ShrinkingMargin()},
    turns={
        "D": {"loss": DiscriminateWithMargin(), "optim": adam},
        "G": {"loss": GenerateLowEnergy(), "optim": adam},
        "P": Turn(Reconstruct(), moves=("D",)),
    },
    stages=(Stage(turns=("P",), share=0.1), Stage(turns=("D", "G"), share=0.9, enter=start_margin)),
)
