"""The duality gap: how much either player could still gain against the other as it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.recipe import Loss, Recipe, Stage, Turn
from sparring.core.space import Space
from sparring.diagnostics.probe import preserve_state
from sparring.engine.game import Game
from sparring.engine.machine import Machine
from sparring.practice.players import find_player_turns, player_turns

STEPS = 50
"""Number of steps that either player takes from the present weights."""

BATCHES = 8
"""Number of batches that the value is averaged over."""


@dataclass(frozen=True)
class NegatedLoss:
    """The negative of another turn's loss."""

    loss: Loss

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {name: -term for name, term in self.loss(n, b).items()}


def has_two_players(recipe: Recipe) -> bool:
    """Return whether a single turn trains all discriminators and a single other turn all generators.

    The turn that counts for a net is `Recipe.turn_of`: the first with an optimiser of its own that trains it.
    """
    return find_player_turns(recipe) is not None


def duality_gap(
    recipe: Recipe,
    nets: Nets,
    space: Space,
    draw: Callable[[], Batch],
    steps: int = STEPS,
    machine: Machine | None = None,
) -> float:
    """Return max_D' V(G, D') - min_G' V(G', D), where V is the negative of the discriminator's loss.

    `nets` stay unchanged. Each optimum is approximated by `steps` optimiser steps of copies of the nets, with
    new instances of the recipe's optimisers, on `machine` (None: the CPU). V is the mean over the same 8
    batches. `draw` returns the next training batch, on the device of `machine`. The gap is 0 at a solution
    and rises where training goes wrong. `BadInput` for a recipe without one turn for its discriminators and
    one for its generators. Grnarova et al. 2019, arXiv:1811.05512, equation 2.
    """
    players = player_turns(recipe)
    discriminator, generator = (recipe.turns[key] for key in players)
    adversary = Turn(NegatedLoss(discriminator.loss), generator.optim, after=generator.after)
    uncompiled = replace(machine or Machine(), compile=False)

    def fresh(changed: Recipe) -> Game:
        return Game(changed, space, machine=uncompiled)

    with preserve_state(nets):
        batches = [draw() for _ in range(BATCHES)]
        sides = [
            _value(discriminator.loss, _train_player(recipe, nets, fresh, turn, name, draw, steps), batches)
            for name, turn in zip(players, (discriminator, adversary), strict=True)
        ]
    return sides[0] - sides[1]


def _train_player(
    recipe: Recipe,
    nets: Nets,
    fresh: Callable[[Recipe], Game],
    turn: Turn,
    name: str,
    draw: Callable[[], Batch],
    steps: int,
) -> Nets:
    """Return copies of the nets after one player alone has been trained."""
    alone = replace(turn, moves=recipe.movers(name), repeat=1, every=1, gate=None, schedule=None)
    game = fresh(replace(recipe, turns={name: alone}, stages=(Stage((name,)),), averages={}))
    game.nets.load_state_dict(nets.state_dict())
    with torch.enable_grad():
        for _ in range(steps):
            game.round(draw)
    game.read_terms()
    return game.nets


def _value(loss: Loss, nets: Nets, batches: list[Batch]) -> float:
    """Return V, minus the mean of the discriminator's loss over fixed batches."""
    with preserve_state(nets):  # penalties still work under no_grad: torch.func takes their gradients
        values = [sum(float(term) for term in loss(nets, b).values()) for b in batches]
    return -sum(values) / len(values)
