"""Dirac-GAN (Mescheder et al. 2018, arXiv:1801.04406, section 2): data at 0, a fake at theta, D(x) = psi x.

The real game is played with plain descent of rate 0.1 from (theta, psi) = (1, 1).  The expected norms after
100 and 500 rounds were worked out apart from the library, from the gradients on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import pytest
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


@final
class Point(nn.Module):
    """theta for every z."""

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.ones(()))

    def forward(self, z: Tensor) -> Tensor:
        return self.theta.expand(len(z), 1)


@final
class Line(nn.Module):
    """D(x) = psi x."""

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.psi = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return self.psi * x[:, 0]


@dataclass(frozen=True)
class Smooth:
    """The critic's loss and R1 in one turn."""

    pair: Pair

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return Discriminate(self.pair)(n, b) | RealSlope(gamma=1.0)(n, b)


def _orbit(pair: Pair, *, smooth: bool, together: bool) -> tuple[float, float]:
    critic = Smooth(pair) if smooth else Discriminate(pair)
    recipe = Recipe(
        name="dirac",
        paper="1801.04406",
        title="",
        year=2018,
        nets={"G": Point, "D": Line},
        turns={"D": Turn(critic, SGD(0.1)), "G": Turn(Generate(pair), SGD(0.1))},
        latent=Normal(1),
        stages=(Stage(together=together),),
    )
    game = Game(recipe, Space((1,), 1))
    batch = Batch(x=torch.zeros(1, 1), z=torch.zeros(1, 1), u=torch.zeros(1, 1))
    norms = []
    for rounds in (100, 400):
        for _ in range(rounds):
            game.round(lambda: batch)
        norms.append(torch.stack(list(game.nets.parameters())).norm().item())
    return norms[0], norms[1]


@pytest.mark.parametrize(
    ("pair", "smooth", "together", "after_100", "after_500"),
    [
        (Minimax(), False, True, 1.59, 2.18),
        (Minimax(), False, False, 1.38, 1.40),
        (NonSaturating(), False, True, 0.80, 0.52),
        (NonSaturating(), False, False, 0.74, 0.39),
        (Wasserstein(), False, True, 2.33, 17.0),
        (Wasserstein(), False, False, 1.39, 1.41),
        (Minimax(), True, True, 0.19, 0.0),
        (Minimax(), True, False, 0.17, 0.0),
        (NonSaturating(), True, True, 0.09, 0.0),
        (NonSaturating(), True, False, 0.09, 0.0),
    ],
)
def test_the_norm_of_theta_and_psi(
    pair: Pair, smooth: bool, together: bool, after_100: float, after_500: float
) -> None:
    early, late = _orbit(pair, smooth=smooth, together=together)
    assert early == pytest.approx(after_100, rel=0.05)
    assert late == pytest.approx(after_500, rel=0.05, abs=1e-3)
