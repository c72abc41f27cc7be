"""The Dirac-GAN: the data are 0, the fake is theta, D(x) = psi x, so that convergence can be computed.

Mescheder, Geiger and Nowozin 2018, Which Training Methods for GANs do actually Converge?, arXiv:1801.04406,
section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Normal
from sparring.core.optim import SGD
from sparring.core.recipe import Recipe, Stage, Turn
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.objectives.adversarial import LossPair, Minimax, NonSaturating, Wasserstein
from sparring.zoo.gan import Discriminate, Generate
from sparring.zoo.r1_gan import R1Penalty

LEARNING_RATE = 0.1
"""Learning rate of gradient descent, for both players."""


@final
class PointGenerator(nn.Module):
    """G(z) = theta for every z, initialised to 1."""

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.ones(()))

    def forward(self, z: Tensor) -> Tensor:
        return self.theta.expand(len(z), 1)


@final
class LinearDiscriminator(nn.Module):
    """D(x) = psi x, psi initialised to 1."""

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.psi = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return self.psi * x[:, 0]


@dataclass(frozen=True)
class R1Penalised:
    """The discriminator's loss and R1 with gamma 1, in one turn."""

    pair: LossPair

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return Discriminate(self.pair)(n, b) | R1Penalty(gamma=1.0)(n, b)


@dataclass(frozen=True)
class DiracLosses:
    """The losses of both players: those of `pair`, with R1 of gamma 1 added to D's loss if `smooth`."""

    name: str
    pair: LossPair
    smooth: bool = False
    """Whether R1 is added."""


LOSSES = (
    DiracLosses("minimax", Minimax()),
    DiracLosses("non-saturating", NonSaturating()),
    DiracLosses("Wasserstein", Wasserstein()),
    DiracLosses("minimax, R1", Minimax(), True),
    DiracLosses("non-saturating, R1", NonSaturating(), True),
)


def dirac_recipe(losses: DiracLosses, *, simultaneous: bool) -> Recipe:
    """Return the Dirac-GAN with these losses as a recipe.

    Both players take steps of gradient descent with learning rate `LEARNING_RATE`. In each training step D
    steps first and G then sees the new D; with `simultaneous` both step on the gradients at the same point.
    """
    discriminator = R1Penalised(losses.pair) if losses.smooth else Discriminate(losses.pair)
    return Recipe(
        name="dirac",
        paper="1801.04406",
        title="Which Training Methods for GANs do actually Converge?",
        year=2018,
        roles={"G": "generator", "D": "discriminator"},
        nets={"G": PointGenerator, "D": LinearDiscriminator},
        turns={
            "D": Turn(discriminator, SGD(LEARNING_RATE)),
            "G": Turn(Generate(losses.pair), SGD(LEARNING_RATE)),
        },
        latent=Normal(1),
        stages=(Stage(together=simultaneous),),
    )


def orbit(losses: DiracLosses, *, simultaneous: bool, rounds: int = 500) -> np.ndarray:
    """Return the path of (theta, psi) in a training of `dirac_recipe`: float64 (rounds + 1, 2).

    Row t is the point after t training steps of both players; row 0 is (1, 1). The equilibrium is (0, 0).
    """
    game = Game(dirac_recipe(losses, simultaneous=simultaneous), Space((1,), 1))
    batch = Batch(x=torch.zeros(1, 1), z=torch.zeros(1, 1), u=torch.zeros(1, 1))
    path = np.ones((rounds + 1, 2))
    for step in range(1, rounds + 1):
        game.round(lambda: batch)
        path[step] = [float(p.detach()) for key in "GD" for p in game.nets[key].parameters()]
    return path
