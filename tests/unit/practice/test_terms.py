from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from tests.unit.practice.games import PICTURES, played, small
from torch import Tensor, nn

from sparring import zoo
from sparring.core.batch import Batch, Nets, Terms
from sparring.core.errors import BadInput
from sparring.core.optim import SGD
from sparring.core.recipe import Recipe, Stage, Turn
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.practice.catalogue import apply_practices


def test_matching_features_does_not_ask_the_head():
    game, draw = played(apply_practices(small("r1_gan"), ["feature_matching"]))
    batch, loss = draw(), game.recipe.turns["G"].loss

    def slopes() -> tuple[Tensor, ...]:
        terms = loss(game.nets, batch)
        return torch.autograd.grad(sum(terms.values()), list(game.nets["G"].parameters()))

    before = slopes()
    with torch.no_grad():
        game.nets["D"].head.weight.mul_(-7)
    assert all(torch.equal(a, b) for a, b in zip(before, slopes(), strict=True))


def test_matching_needs_features():
    with pytest.raises(BadInput, match="features"):
        played(apply_practices(zoo.get("ebgan"), ["feature_matching"]))


@dataclass(frozen=True)
class Point:
    """A player of the toy game: a number, to be had by calling the net."""

    at: float

    def __call__(self, space: Space) -> nn.Module:
        return Number(self.at)


class Number(nn.Module):
    def __init__(self, at: float) -> None:
        super().__init__()
        self.at = nn.Parameter(torch.tensor([at]))


@dataclass(frozen=True)
class Toy:
    """V = (f(x) - 1)(y - 1) with f(x) = x below 0 and x^2 above; Salimans et al. 2016, section 3.3."""

    sign: float

    def __call__(self, n: Nets, b: Batch) -> Terms:
        x, y = n["G"].at, n["D"].at
        return {"value": self.sign * ((torch.where(x < 0, x, x.square()) - 1) * (y - 1)).sum()}


def toy() -> Recipe:
    turns = {"D": Turn(Toy(-1.0), SGD(0.02)), "G": Turn(Toy(1.0), SGD(0.02))}
    nets = {"G": Point(0.5), "D": Point(-0.5)}
    return replace(
        zoo.get("gan"), name="toy", nets=nets, turns=turns, averages={}, stages=(Stage(together=True),)
    )


def distance(recipe: Recipe, rounds: int) -> float:
    """From (1, 1), where the toy game's players want nothing more; infinite where they leave."""
    game = Game(recipe, Space((1,), 1))
    batch = Batch(x=torch.zeros(1, 1), z=torch.zeros(1, 1), u=torch.zeros(1, 1))
    for _ in range(rounds):
        game.round(lambda: batch)
    at = torch.cat([game.nets[key].at.detach() for key in "GD"])
    return float((at - 1).norm()) if bool(at.isfinite().all()) else float("inf")


def test_the_toy_game_settles_with_the_players_held_back_and_not_without():
    assert distance(apply_practices(toy(), ["historical_averaging=0.5"]), 1200) < 0.2
    assert distance(toy(), 1200) > 1


@pytest.mark.parametrize(("word", "at"), [("r1", "data"), ("r2", "fakes")])
def test_a_penalty_is_half_gamma_times_the_squared_slope(word, at):
    recipe = apply_practices(replace(small("lsgan"), nets=small("r1_gan").nets), [f"{word}=3,1"])
    game, draw = played(recipe)
    batch = draw()
    with torch.enable_grad():
        x = (batch.x if at == "data" else game.nets["G"](batch.z).detach()).requires_grad_()
        (slope,) = torch.autograd.grad(game.nets["D"](x).sum(), x)
    term = recipe.turns[word.upper()].loss(game.nets, batch)["penalty"]
    assert term.item() == pytest.approx(1.5 * slope.flatten(1).square().sum(1).mean().item(), rel=1e-4)


def test_a_lazy_penalty_is_as_strong_on_average():
    lazy, eager = (apply_practices(small("gan"), [f"r1=2,{n}"]) for n in (8, 1))
    game, draw = played(eager)
    batch = draw()
    terms = [r.turns["R1"].loss(game.nets, batch)["penalty"].item() for r in (lazy, eager)]
    assert terms[0] == pytest.approx(8 * terms[1])
    assert lazy.turns["R1"].every == 8


def test_penalties_refuse_batch_norm_and_a_second_of_their_kind():
    with pytest.raises(BadInput, match="batch norm"):
        Game(apply_practices(small("dcgan"), ["r1"]), replace(PICTURES, latent=100))
    with pytest.raises(BadInput, match="already"):
        apply_practices(zoo.get("r1_gan"), ["r1"])
