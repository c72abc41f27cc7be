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
from sparring.objectives.adversarial import Minimax, NonSaturating, Pair, Wasserstein
from sparring.zoo.gan import Discriminate, Generate
from sparring.zoo.r1_gan import RealSlope

RATE = 0.1
"""Learning rate of gradient descent, for both players."""


@final
class Point(nn.Module):
    """G(z) = theta for every z, initialised to 1."""

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.ones(()))

    def forward(self, z: Tensor) -> Tensor:
        return self.theta.expand(len(z), 1)


@final
class Slope(nn.Module):
    """D(x) = psi x, psi initialised to 1."""

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.psi = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return self.psi * x[:, 0]


@dataclass(frozen=True)
class Smooth:
    """The discriminator's loss and R1 with gamma 1, in one turn."""

    pair: Pair

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return Discriminate(self.pair)(n, b) | RealSlope(gamma=1.0)(n, b)


@dataclass(frozen=True)
class Rule:
    """The losses that both players descend on."""

    name: str
    pair: Pair
    smooth: bool = False
    """Whether R1 is added."""


RULES = (
    Rule("minimax", Minimax()),
    Rule("non-saturating", NonSaturating()),
    Rule("Wasserstein", Wasserstein()),
    Rule("minimax, R1", Minimax(), True),
    Rule("non-saturating, R1", NonSaturating(), True),
)


def dirac(rule: Rule, *, together: bool) -> Recipe:
    """Return the game as a recipe: alternating steps, or with `together` simultaneous ones."""
    discriminator = Smooth(rule.pair) if rule.smooth else Discriminate(rule.pair)
    return Recipe(
        name="dirac",
        paper="1801.04406",
        title="Which Training Methods for GANs do actually Converge?",
        year=2018,
        roles={"G": "generator", "D": "discriminator"},
        nets={"G": Point, "D": Slope},
        turns={"D": Turn(discriminator, SGD(RATE)), "G": Turn(Generate(rule.pair), SGD(RATE))},
        latent=Normal(1),
        stages=(Stage(together=together),),
    )


def orbit(rule: Rule, *, together: bool, rounds: int = 500) -> np.ndarray:
    """Return the path of (theta, psi) from (1, 1), trained by the engine: float64 (rounds + 1, 2)."""
    game = Game(dirac(rule, together=together), Space((1,), 1))
    batch = Batch(x=torch.zeros(1, 1), z=torch.zeros(1, 1), u=torch.zeros(1, 1))
    path = np.ones((rounds + 1, 2))
    for step in range(1, rounds + 1):
        game.round(lambda: batch)
        path[step] = [float(p.detach()) for key in "GD" for p in game.nets[key].parameters()]
    return path
