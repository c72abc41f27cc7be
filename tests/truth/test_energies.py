"""Energy-based games against what is known in closed form, played by the real game.

Where a discriminator is trained against a generator that stands still, data are p = N(0, 1) and fakes q =
N(1, 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import final

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from sparring.core.batch import Batch
from sparring.core.knobs import set_knobs
from sparring.core.latent import Normal
from sparring.core.optim import SGD, Adam
from sparring.core.recipe import Average, Recipe
from sparring.core.space import Space
from sparring.engine.game import Game, stage_starts
from sparring.nets.families import mlp
from sparring.nets.heads import experts
from sparring.objectives.energy import EnergyMargin
from sparring.zoo.began import began
from sparring.zoo.ebgan import ebgan
from sparring.zoo.magan import magan
from sparring.zoo.vgan_ebm import vgan_ebm


@dataclass(frozen=True)
class Shift:
    """Builds G(z) = z + by."""

    by: float = 1.0

    def __call__(self, space: Space) -> nn.Module:
        return Moved(self.by)


@final
class Moved(nn.Module):
    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = by

    def forward(self, z: Tensor) -> Tensor:
        return z + self.by


@dataclass(frozen=True)
class Free:
    """Builds a discriminator whose energy is any positive function."""

    def __call__(self, space: Space) -> nn.Module:
        return Positive(mlp.Discriminator(32, 2)(space))


@final
class Positive(nn.Module):
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        return -softplus(self.net(x))


@dataclass(frozen=True)
class Pit:
    """Builds D(x) = -scale |x|, the scale to be learnt from 1."""

    def __call__(self, space: Space) -> nn.Module:
        return Slope()


@final
class Slope(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return -(self.scale * x.abs()).flatten(1).mean(1)


def _drawer(n: int) -> Callable[[], Batch]:
    source = torch.Generator().manual_seed(1)

    def draw() -> Batch:
        x, z = (torch.randn(n, 1, generator=source) for _ in range(2))
        return Batch(x=x, z=z, u=torch.rand(n, 1, generator=source))

    return draw


def _alone(recipe: Recipe, discriminator: object, optim: object) -> Recipe:
    """The recipe's discriminator against a generator that stands still."""
    turns = {"D": replace(recipe.turns["D"], optim=optim)}
    nets = {**recipe.nets, "G": Shift(), "D": discriminator}
    return replace(recipe, nets=nets, turns=turns, averages={"D": Average(0.99)}, latent=Normal(1))


def test_ebgan_reaches_the_value_that_total_variation_gives() -> None:
    """The best energy is 0 where p > q and the margin elsewhere: the loss is margin (1 - TV), TV = 0.3829."""
    margin = 2.0
    recipe = _alone(ebgan, Free(), Adam(5e-3))
    game, draw = Game(set_knobs(recipe, {"turns.D.loss.pair.margin": margin}), Space((1,), 1)), _drawer(128)
    for _ in range(250):
        game.round(draw)
    score = game.averages["D"]
    with torch.no_grad():
        b = _drawer(20_000)()
        loss = EnergyMargin(margin).d(score(b.x), score(b.z + 1)).item()
        low, high = -score(torch.tensor([[-1.0], [2.0]]))
    assert loss == pytest.approx(margin * (1 - math.erf(1 / math.sqrt(8))), abs=0.06)
    assert low < 0.1 * margin
    assert high > 0.9 * margin


def test_begans_discriminator_takes_the_weight_for_a_number() -> None:
    """For D = -s|x| one step of descent moves s by -(E|x| - k E|G(z)|), whatever k depends on."""
    game = Game(_alone(began, Pit(), SGD(0.1)), Space((1,), 1))
    game.nets["K"].weight.fill_(0.5)
    b = _drawer(64)()
    game.round(lambda: b)
    real, fake = b.x.abs().mean(), (b.z + 1).abs().mean()
    assert game.nets["D"].scale.item() == pytest.approx((1 - 0.1 * (real - 0.5 * fake)).item(), rel=1e-5)
    k = 0.5 + 0.001 * (0.5 * real - fake)
    assert game.nets["K"].weight.item() == pytest.approx(k.item(), rel=1e-5)


def _small(recipe: Recipe) -> Recipe:
    nets = {**recipe.nets, "G": mlp.Generator(16, 1), "D": Free()}
    return replace(recipe, nets=nets, latent=Normal(2))


def test_magan_starts_at_the_datas_energy_and_never_grows() -> None:
    recipe = _small(magan)
    recipe = replace(recipe, nets={**recipe.nets, "M": replace(magan.nets["M"], window=5)})
    game = Game(recipe, Space((1,), 2), starts=stage_starts(recipe, 200))
    source = torch.Generator().manual_seed(0)

    def draw() -> Batch:
        return Batch(
            x=torch.randn(64, 1, generator=source),
            z=torch.randn(64, 2, generator=source),
            u=torch.rand(64, 1, generator=source),
        )

    still = [p.clone() for p in game.nets["G"].parameters()]
    for _ in range(20):
        game.round(draw)
    assert all(torch.equal(a, b) for a, b in zip(still, game.nets["G"].parameters(), strict=True))
    assert game.nets["M"]() == 1
    with torch.no_grad():
        energy = -game.nets["D"](torch.randn(5000, 1, generator=source)).mean()
    margins = []
    for _ in range(180):
        game.round(draw)
        margins.append(game.nets["M"]().item())
    assert margins[0] == pytest.approx(energy.item(), rel=0.05)
    assert all(b <= a for a, b in pairwise(margins))
    assert margins[-1] < margins[0]


def test_vgan_reaches_its_bound_where_data_and_fakes_can_be_told_apart() -> None:
    """Two points of data and one fake between: experts sure and divided on data, unsure of fakes.

    Then the loss is 0 - K log 2 - K log 2, its lower bound.
    """
    size = 8
    recipe = _alone(
        vgan_ebm, experts.ExpertsDiscriminator(mlp.Discriminator(32, 2, outputs=size)), Adam(1e-2)
    )
    game = Game(recipe, Space((1,), 1))
    sign = torch.arange(64)[:, None] % 2 * 2.0 - 1
    batch = Batch(x=2 * sign, z=torch.full((64, 1), -1.0), u=torch.rand(64, 1))
    for _ in range(200):
        game.round(lambda: batch)
    loss = sum(value for name, value in game.latest_terms().items() if name != "D.gradient")
    assert -2 * size * math.log(2) <= loss < 0.98 * -2 * size * math.log(2)
