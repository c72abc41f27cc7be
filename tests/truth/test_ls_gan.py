"""LS-GAN's discriminator against a generator that stands still: data N(0, 0.1^2), fakes N(m, 0.1^2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets
from sparring.core.latent import Normal
from sparring.core.optim import Adam
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import mlp
from sparring.objectives.gradient import input_gradient
from sparring.zoo.gan import gan
from sparring.zoo.ls_gan import LossSensitive, ls_gan


@dataclass(frozen=True)
class Shift:
    """Builds G(z) = by + 0.1 z."""

    by: float

    def __call__(self, space: Space) -> nn.Module:
        return Shifted(self.by)


@final
class Shifted(nn.Module):
    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = by

    def forward(self, z: Tensor) -> Tensor:
        return self.by + 0.1 * z


def _drawer(n: int, seed: int = 1) -> Callable[[], Batch]:
    source = torch.Generator().manual_seed(seed)

    def draw() -> Batch:
        x, z = (torch.randn(n, 1, generator=source) for _ in range(2))
        return Batch(x=0.1 * x, z=z, u=torch.rand(n, 1, generator=source))

    return draw


def _trained(recipe: Recipe, m: float, rounds: int) -> Nets:
    """The nets after the recipe's D turn alone, at Adam's rate 1e-3."""
    turns = {"D": replace(recipe.turns["D"], optim=Adam(1e-3))}
    nets = {"G": Shift(m), "D": mlp.Discriminator(64, 2)}
    game = Game(replace(recipe, nets=nets, turns=turns, averages={}, latent=Normal(1)), Space((1,), 1))
    draw = _drawer(128)
    for _ in range(rounds):
        game.round(draw)
    game.read_terms()
    return game.nets


def _sensitive() -> Recipe:
    """The recipe with the paper's margin |x - G(z)|."""
    turn = replace(ls_gan.turns["D"], loss=replace(ls_gan.turns["D"].loss, weight=1.0))
    return replace(ls_gan, turns={**ls_gan.turns, "D": turn})


@pytest.mark.parametrize("m", [1.0, 2.0, 4.0])
def test_the_lead_of_data_over_fakes_grows_with_their_distance(m: float) -> None:
    nets, b = _trained(_sensitive(), m, 250), _drawer(5000, seed=2)()
    with torch.no_grad():
        lead = (nets["D"](b.x).mean() - nets["D"](nets["G"](b.z)).mean()).item()
    assert 0.9 * m <= lead <= 1.6 * m


def test_an_overtrained_discriminator_still_teaches_where_that_of_gan_is_mute() -> None:
    """500 steps at m = 4: the slope of what G lowers, L = -D here and log(1 - s(D)) in the minimax game."""
    b = _drawer(1000, seed=2)()
    nets = _trained(_sensitive(), 4.0, 500)
    fake = nets["G"](b.z)
    assert input_gradient(nets["D"], fake).abs().mean() > 0.1
    nets = _trained(gan, 4.0, 500)
    slope = nets["D"](fake).sigmoid()[:, None] * input_gradient(nets["D"], fake)
    assert slope.abs().mean() < 1e-3


def test_real_data_may_cost_something_themselves() -> None:
    b = _drawer(8)()
    nets = nn.ModuleDict({"G": Shifted(1.0), "D": mlp.Discriminator(8, 1)(Space((1,), 1))})
    terms = LossSensitive(weight=1.0, gamma=0.5)(nets, b)
    assert torch.isclose(terms["data"], -0.5 * nets["D"](b.x).mean())
    fake = 1.0 + 0.1 * b.z
    expected = ((b.x - fake).abs()[:, 0] - nets["D"](b.x) + nets["D"](fake)).clamp(min=0).mean()
    assert torch.isclose(terms["margin"], expected)
