"""CGAN against closed forms: what its discriminator comes to think of a pair, and what that teaches G."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch
from sparring.core.labels import Labels, label_of_latent
from sparring.core.latent import Normal
from sparring.core.optim import Adam
from sparring.core.recipe import Average, Recipe
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import mlp
from sparring.nets.heads.conditional import ConditionalDiscriminator
from sparring.zoo.cgan import DiscriminateLabelled, GenerateLabelled, cgan

SHARES, MEANS = (0.7, 0.3), torch.tensor([1.0, -1.0])
"""Data: of label y with chance SHARES[y] and then x ~ N(MEANS[y], 1)."""


@dataclass(frozen=True)
class Deaf:
    """Builds G(z, c) = z, whatever is asked for."""

    def __call__(self, space: Space) -> nn.Module:
        return First()


@final
class First(nn.Module):
    def forward(self, z: Tensor) -> Tensor:
        return z[:, :1]


@dataclass(frozen=True)
class Means:
    """Builds G(z, c) = mu_c + z / 2."""

    def __call__(self, space: Space) -> nn.Module:
        return Around(space.classes)


@final
class Around(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.mu = nn.Parameter(torch.zeros(classes))

    def forward(self, z: Tensor) -> Tensor:
        return (self.mu[label_of_latent(z, len(self.mu))] + z[:, 0] / 2)[:, None]


def _recipe(nets: dict, shares: tuple[float, ...], turns: str, rate: float) -> Recipe:
    kept = {key: replace(cgan.turns[key], optim=Adam(rate, (0.5, 0.99))) for key in turns}
    averages = {key: Average(0.99) for key in turns}
    return replace(cgan, nets=nets, latent=Labels(Normal(1), shares), turns=kept, averages=averages)


def _drawer(recipe: Recipe, spread: float, means: Tensor) -> Callable[[], Batch]:
    source = torch.Generator().manual_seed(1)

    def draw() -> Batch:
        y = torch.multinomial(torch.tensor(SHARES), 256, replacement=True, generator=source)
        x = means[y, None] + spread * torch.randn(256, 1, generator=source)
        return Batch(x=x, z=recipe.latent.sample(256, source), u=torch.rand(256, 1, generator=source), y=y)

    return draw


@pytest.mark.parametrize("shares", [SHARES, (0.5, 0.5)])
def test_the_discriminator_finds_the_ratio_of_the_joint_densities(shares: tuple[float, float]) -> None:
    """log p(x, y) / q(x, y) = mu_y x - 1/2 + log p(y) / q(y) against x ~ N(0, 1) that heeds no label.

    Its last part is what labels that are drawn as often as the data have them spare the discriminator.
    """
    recipe = _recipe(
        {"G": Deaf(), "D": ConditionalDiscriminator(mlp.Discriminator(64, 1), 64)}, shares, "D", 2e-3
    )
    game = Game(recipe, Space((1,), recipe.latent.size, 2))
    draw = _drawer(recipe, 1.0, MEANS)
    for _ in range(1500):
        game.round(draw)
    x, discriminator = torch.linspace(-1.5, 1.5, 31)[:, None], game.averages["D"]
    for y, mean in enumerate(MEANS):
        with torch.no_grad():
            found = discriminator(x, torch.full((31,), y))
        truth = mean * x[:, 0] - 0.5 + torch.tensor(SHARES[y] / shares[y]).log()
        assert (found - truth).abs().max() < 0.2


def test_every_label_finds_its_mean() -> None:
    means = torch.tensor([1.5, -0.5])
    recipe = _recipe(
        {"G": Means(), "D": ConditionalDiscriminator(mlp.Discriminator(32, 1), 32)}, SHARES, "DG", 5e-3
    )
    game = Game(recipe, Space((1,), recipe.latent.size, 2))
    draw = _drawer(recipe, 0.5, means)
    for _ in range(800):
        game.round(draw)
    assert game.averages["G"].mu.tolist() == pytest.approx(means.tolist(), abs=0.1)


def test_the_losses_are_those_of_the_plain_game_on_pairs_and_read_the_label_off_z() -> None:
    recipe = _recipe(
        {"G": Means(), "D": ConditionalDiscriminator(mlp.Discriminator(16, 1), 16)}, SHARES, "DG", 1e-3
    )
    n = Game(recipe, Space((1,), recipe.latent.size, 2)).nets
    b = _drawer(recipe, 1.0, MEANS)()
    with torch.no_grad():
        n["G"].mu.copy_(torch.tensor([2.0, -2.0]))
        real, fake = n["D"].each(b.x), n["D"].each(n["G"](b.z))
    c, rows = b.z[:, 1:].argmax(1), torch.arange(len(b.x))
    softplus = nn.functional.softplus
    told = softplus(-real[rows, b.y]).mean() + softplus(fake[rows, c]).mean()
    assert DiscriminateLabelled()(n, b)["adv"].item() == pytest.approx(told.item(), rel=1e-5)
    answer = softplus(-fake[rows, c]).mean().item()
    assert GenerateLabelled()(n, b)["adv"].item() == pytest.approx(answer, rel=1e-5)
