"""Improved GAN against what is known in closed form.

The fixed-generator check: data p = N(0, 1), fakes q = N(1, 1), a 1-64-64-1 discriminator; and feature
matching where the features are the datum itself, so that its optimum is the data's mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets
from sparring.core.latent import Normal
from sparring.core.optim import SGD, Adam
from sparring.core.recipe import Average, Recipe
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import mlp
from sparring.nets.heads.classes import ClassLogits
from sparring.nets.heads.heads import Score
from sparring.objectives.adversarial import LossPair
from sparring.objectives.smoothing import SmoothedLabels
from sparring.zoo.gan import Discriminate, gan
from sparring.zoo.improved_gan import SemiSupervised, improved_gan, score_classes

INSIDE = torch.linspace(-1.5, 2.5, 81)[:, None]
GRID = np.linspace(-7.0, 8.0, 601)


def _shift(_: Space) -> nn.Module:
    line = nn.Linear(1, 1)
    nn.init.ones_(line.weight)
    nn.init.ones_(line.bias)
    return line


def _discriminator_alone(recipe: Recipe, rounds: int, draw: Callable[[], Batch], classes: int = 0) -> Nets:
    """The recipe's D turn played against G(z) = z + 1; nets with D's weights averaged."""
    discriminator = ClassLogits(mlp.Discriminator(64, 2))
    recipe = replace(
        recipe,
        nets={"G": _shift, "D": discriminator},
        turns={"D": replace(recipe.turns["D"], optim=Adam(1e-3))},
        averages={"D": Average(0.99)},
        latent=Normal(1),
    )
    game = Game(recipe, Space((1,), 1, classes))
    for _ in range(rounds):
        game.round(draw)
    return nn.ModuleDict({**game.nets, **game.averages})


def _drawer(label: Callable[[Tensor, Tensor], Tensor] | None = None) -> Callable[[], Batch]:
    source = torch.Generator().manual_seed(1)

    def draw() -> Batch:
        x, z = (torch.randn(256, 1, generator=source) for _ in range(2))
        u = torch.rand(256, 2, generator=source)
        return Batch(x=x, z=z, u=u, y=None if label is None else label(x[:, 0], u))

    return draw


def _normal(x: np.ndarray, mean: float) -> np.ndarray:
    return np.exp(-np.square(x - mean) / 2) / math.sqrt(2 * math.pi)


def test_without_labels_it_finds_the_log_ratio_and_half_the_value() -> None:
    nets = _discriminator_alone(improved_gan, 800, _drawer())
    with torch.no_grad():
        assert (score_classes(nets, Batch.shown(INSIDE)) - (0.5 - INSIDE[:, 0])).abs().max() < 0.25
        draw = _drawer()
        terms = [SemiSupervised()(nets, draw()) for _ in range(40)]
    p, q = _normal(GRID, 0.0), _normal(GRID, 1.0)
    value = np.trapezoid(p * np.log(p / (p + q)) + q * np.log(q / (p + q)), GRID)
    loss = sum(t["real"].item() + t["fake"].item() for t in terms) / len(terms)
    assert loss == pytest.approx(-value / 2, abs=0.03)
    assert all(t["class"].item() == 0 for t in terms)


def test_with_labels_evidence_is_the_log_ratio_and_logits_are_the_classes() -> None:
    """Half the data have labels, y = 1 with probability s(2 x): the logits differ by 2 x."""

    def label(x: Tensor, u: Tensor) -> Tensor:
        return torch.where(u[:, 0] < 0.5, (u[:, 1] < torch.sigmoid(2 * x)).long(), -1)

    nets = _discriminator_alone(improved_gan, 800, _drawer(label), classes=2)
    with torch.no_grad():
        assert (score_classes(nets, Batch.shown(INSIDE)) - (0.5 - INSIDE[:, 0])).abs().max() < 0.25
        logits = nets["D"](INSIDE)
        assert (
            torch.sigmoid(logits[:, 1] - logits[:, 0]) - torch.sigmoid(2 * INSIDE[:, 0])
        ).abs().max() < 0.06


@pytest.mark.parametrize("pair", [SmoothedLabels(0.9, 0.0), SmoothedLabels(0.9, 0.1)], ids=repr)
def test_a_smoothed_discriminator_finds_the_tilted_ratio(pair: LossPair) -> None:
    """s(v) = (real p + fake q) / (p + q): with fake = 0 fakes far from the data are still worth nothing."""
    recipe = replace(gan, turns={**gan.turns, "D": replace(gan.turns["D"], loss=Discriminate(pair))})
    nets = _discriminator_alone(recipe, 600, _drawer())
    x = INSIDE[:, 0].numpy()
    p, q = _normal(x, 0.0), _normal(x, 1.0)
    optimum = (pair.real * p + pair.fake * q) / (p + q)
    with torch.no_grad():
        found = torch.sigmoid(nets["D"](INSIDE)).numpy()
    assert np.abs(found - optimum).max() < 0.04


def test_matching_the_datum_itself_finds_its_mean() -> None:
    """f(x) = x, G(z) = w z + c: descent on (c + w mean(z) - mean(x))^2 takes c to E x as by hand."""

    def plain(_: Space) -> nn.Module:
        return Score(nn.Flatten(), nn.Linear(1, 1))

    turns = {"G": replace(improved_gan.turns["G"], optim=SGD(0.1))}
    recipe = replace(improved_gan, nets={"G": _shift, "D": plain}, turns=turns, averages={}, latent=Normal(1))
    game = Game(recipe, Space((1,), 1))
    x, z = torch.tensor([[3.0], [5.0]]), torch.tensor([[-1.0], [1.0]])
    c = 1.0
    for _ in range(10):
        game.round(lambda: Batch(x=x, z=z, u=z))
        c -= 0.1 * 2 * (c - 4)
        assert game.nets["G"].bias.item() == pytest.approx(c, abs=1e-5)
    assert game.nets["G"].weight.item() == pytest.approx(1.0)  # the spread is no part of the mean


def test_matching_moves_no_discriminator() -> None:
    """The generator's loss has no gradient on D at all while it is G's turn."""
    game = Game(replace(improved_gan, nets={"G": _shift, "D": mlp.Discriminator(8)}), Space((1,), 1))
    game._thaw(("G",))
    terms = improved_gan.turns["G"].loss(game.nets, _drawer()())
    gradients = torch.autograd.grad(terms["match"], game.nets["G"].parameters())
    assert all(g.abs().sum() > 0 for g in gradients)
    assert not any(p.requires_grad for p in game.nets["D"].parameters())
    before = [p.clone() for p in game.nets["D"].parameters()]
    game.recipe = replace(game.recipe, turns={"G": game.recipe.turns["G"]})
    game.round(_drawer())
    assert all(torch.equal(a, b) for a, b in zip(before, game.nets["D"].parameters(), strict=True))
