"""Unrolled GAN on Dirac-GAN: data at 0, a fake at theta, D(x) = psi x; the answers worked out on paper."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import final

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch
from sparring.core.latent import Normal
from sparring.core.optim import SGD
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.objectives.adversarial import Minimax
from sparring.zoo.gan import Generate
from sparring.zoo.unrolled_gan import UnrolledMinimax, unrolled_gan

RATE = 0.1


@final
class Times(nn.Module):
    """v -> v * weight (n,) for a discriminator, or weight for every z; weight = 1 when new."""

    def __init__(self, discriminator: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.discriminator = discriminator

    def forward(self, v: Tensor) -> Tensor:
        return v[:, 0] * self.weight if self.discriminator else self.weight.expand(len(v), 1)


def _played(steps: int, rounds: int) -> list[float]:
    """(theta, psi) after so many rounds of the recipe's turns, by plain descent."""
    turns = {
        "D": replace(unrolled_gan.turns["D"], optim=SGD(RATE)),
        "G": replace(unrolled_gan.turns["G"], loss=UnrolledMinimax(steps, RATE), optim=SGD(RATE)),
    }
    nets = {"G": lambda space: Times(False), "D": lambda space: Times(True)}
    game = Game(replace(unrolled_gan, nets=nets, turns=turns, averages={}, latent=Normal(1)), Space((1,), 1))
    zero = torch.zeros(1, 1)
    for _ in range(rounds):
        game.round(lambda: Batch(x=zero, z=zero, u=zero))
    return [game.nets["G"].weight.item(), game.nets["D"].weight.item()]


def _expected(steps: int, rounds: int) -> list[float]:
    """The same in double precision, f = log 2 + softplus(psi theta), every derivative by hand."""
    theta = psi = 1.0
    for _ in range(rounds):
        psi -= RATE * _sigmoid(psi * theta) * theta
        answer, owed = psi, 0.0
        for _ in range(steps):
            s = _sigmoid(answer * theta)
            step = s * theta
            owed -= RATE * (s + theta * s * (1 - s) * (answer + theta * owed))
            answer -= RATE * step
        theta += RATE * _sigmoid(answer * theta) * (answer + theta * owed)
    return [theta, psi]


def _sigmoid(v: float) -> float:
    return 1 / (1 + math.exp(-v))


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_it_goes_where_the_paper_and_pencil_go(steps: int) -> None:
    assert _played(steps, 60) == pytest.approx(_expected(steps, 60), abs=1e-4)


def test_foresight_lets_the_orbit_settle() -> None:
    """Without it the norm stays near sqrt 2, where it began."""
    assert math.hypot(*_played(0, 150)) > 1.3
    assert math.hypot(*_played(5, 150)) < 0.25


def test_without_steps_it_is_the_minimax_game() -> None:
    torch.manual_seed(0)
    nets = nn.ModuleDict({"G": nn.Linear(2, 3), "D": nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))})
    b = Batch(x=torch.randn(5, 3), z=torch.randn(5, 2), u=torch.rand(5, 1))
    wanted = torch.autograd.grad(Generate(Minimax())(nets, b)["adv"], list(nets["G"].parameters()))
    found = torch.autograd.grad(UnrolledMinimax(steps=0)(nets, b)["adv"], list(nets["G"].parameters()))
    assert all(torch.allclose(a, e) for a, e in zip(found, wanted, strict=True))
