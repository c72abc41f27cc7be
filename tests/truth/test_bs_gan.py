"""Boundary seeking against discriminators that stand still at known optima."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import final

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch
from sparring.core.latent import Normal
from sparring.core.optim import SGD
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families.bernoulli import BernoulliLatent, BernoulliSamples
from sparring.zoo.bs_gan import bs_gan
from sparring.zoo.bs_gan_discrete import WeightedPolicy, bs_gan_discrete
from sparring.zoo.gan import Discriminate, gan


@final
class Place(nn.Module):
    """G(z) = mu + z / 10, mu = 2 when new."""

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.mu = nn.Parameter(torch.tensor(2.0))

    def forward(self, z: Tensor) -> Tensor:
        return self.mu + z / 10


@dataclass(frozen=True)
class Known:
    """Builds D(x) = slope * (1/2 - x); with slope 1 log p/q for p = N(0, 1) and q = N(1, 1)."""

    slope: float

    def __call__(self, space: Space) -> nn.Module:
        return Line(self.slope)


@final
class Line(nn.Module):
    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        return self.slope * (0.5 - x[:, 0])


def _settled(recipe: Recipe, slope: float) -> float:
    """Where G's own turn takes mu against a discriminator that stands still."""
    turns = {"G": replace(recipe.turns["G"], optim=SGD(0.1))}
    nets = {"G": Place, "D": Known(slope)}
    game = Game(replace(recipe, nets=nets, turns=turns, averages={}, latent=Normal(1)), Space((1,), 1))
    z = torch.tensor([[-1.0], [1.0]])
    for _ in range(300):
        game.round(lambda: Batch(x=z, z=z, u=z))
    return game.nets["G"].mu.item()


def test_it_stops_at_the_boundary_which_gan_runs_past() -> None:
    assert _settled(bs_gan, 1.0) == pytest.approx(0.5, abs=1e-4)
    assert _settled(gan, 1.0) < -1


def test_an_undecided_discriminator_teaches_it_nothing() -> None:
    assert _settled(bs_gan, 0.0) == 2.0


def test_its_discriminator_plays_the_plain_game() -> None:
    assert bs_gan.turns["D"].loss == Discriminate() == gan.turns["D"].loss


PICTURES = torch.tensor(list(product([-1.0, 1.0], repeat=3)))
"""All 8 pictures of three pixels."""
TRUTH = torch.tensor([0.30, 0.02, 0.05, 0.13, 0.04, 0.16, 0.10, 0.20])


@final
class Table(nn.Module):
    """Three coins of free logits, tossed by the latent's noise."""

    def __init__(self) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.tensor([0.4, -0.8, 1.2]))

    def tossed(self, z: Tensor) -> BernoulliSamples:
        noise = z.view(len(z), -1, 3)
        return BernoulliSamples(
            self.logits.expand(len(z), 3), torch.where(noise < self.logits.sigmoid(), 1.0, -1.0)
        )


@final
class TrueCritic(nn.Module):
    """log p(x) / g(x) for pictures of three pixels."""

    def __init__(self, coins: Table) -> None:
        super().__init__()
        log_g = BernoulliSamples(coins.logits[None], PICTURES[None]).log_probability()[0]
        self.register_buffer("ratio", TRUTH.log() - log_g)

    def forward(self, x: Tensor) -> Tensor:
        return self.ratio[((x > 0) * torch.tensor([4, 2, 1])).sum(1)]


def test_with_the_true_discriminator_the_policy_leads_to_the_marginals_of_the_data() -> None:
    """The gradient of the cross-entropy with p in logit j is s(logit_j) - P(x_j = 1)."""
    coins = Table()
    with torch.no_grad():
        discriminator = TrueCritic(coins)
    z = BernoulliLatent(code=0, tosses=20_000, pixels=3).sample(20, torch.Generator().manual_seed(0))
    terms = WeightedPolicy()(nn.ModuleDict({"G": coins, "D": discriminator}), Batch.of(z))
    (slope,) = torch.autograd.grad(terms["policy"], coins.logits)
    marginals = TRUTH @ (PICTURES > 0).float()
    assert torch.allclose(slope, coins.logits.sigmoid() - marginals, atol=0.01)
    assert slope.abs().max() > 0.1


def test_the_plain_loss_has_no_gradient_through_hard_samples() -> None:
    recipe = replace(bs_gan_discrete, latent=bs_gan_discrete.latent.fit_to(Space((1, 8, 8), 0)))
    game = Game(recipe, Space((1, 8, 8), recipe.latent.size))
    z = recipe.latent.sample(4, torch.Generator())
    assert not game.nets["D"].requires_grad_(False)(game.nets["G"](z)).requires_grad
