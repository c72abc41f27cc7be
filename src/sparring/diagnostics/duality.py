"""The duality gap: how much either player could still win against the other as it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.errors import BadInput
from sparring.core.recipe import Loss, Recipe, Stage, Turn
from sparring.core.space import Space
from sparring.diagnostics.probe import undisturbed
from sparring.engine.game import Game
from sparring.engine.machine import Machine

STEPS = 50
"""Steps of either player away from where both stand."""

BATCHES = 8
"""Batches that the value is the mean over."""


@dataclass(frozen=True)
class Against:
    """Minus another turn's loss: the worst that can be done to its player."""

    loss: Loss

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {name: -term for name, term in self.loss(n, b).items()}


def two_players(recipe: Recipe) -> bool:
    """Whether there is a game between D and G that a gap can be told of."""
    return {"D", "G"} <= recipe.turns.keys()


def duality_gap(
    recipe: Recipe,
    nets: Nets,
    space: Space,
    draw: Callable[[], Batch],
    steps: int = STEPS,
    machine: Machine | None = None,
) -> float:
    """max_D' V(G, D') - min_G' V(G', D), with V minus the loss of the recipe's turn D.

    `nets` stay as they are, on `machine`, by default the CPU.  Both are sought by `steps` steps of copies
    with the recipe's own optimisers, new.  It is 0 at a solution and rises where the game goes astray.
    `draw` gives training batches.
    `BadInput` for a recipe without turns D and G.  Grnarova et al. 2019, arXiv:1811.05512, equation 2.
    """
    if not two_players(recipe):
        raise BadInput(
            f"{recipe.name}: a duality gap needs turns D and G, and it has {', '.join(recipe.turns)}"
        )
    critic, generator = recipe.turns["D"], recipe.turns["G"]
    optim = recipe.turns[recipe.owner("G")].optim
    worst = Turn(Against(critic.loss), optim, recipe.movers("G"), after=generator.after)
    plain = replace(machine or Machine(), compile=False)

    def fresh(changed: Recipe) -> Game:
        return Game(changed, space, machine=plain)

    with undisturbed(nets):
        seen = [draw() for _ in range(BATCHES)]
        sides = [
            _value(recipe, _moved(recipe, nets, fresh, turn, name, draw, steps), seen)
            for name, turn in (("D", critic), ("G", worst))
        ]
    return sides[0] - sides[1]


def _moved(
    recipe: Recipe,
    nets: Nets,
    fresh: Callable[[Recipe], Game],
    turn: Turn,
    name: str,
    draw: Callable[[], Batch],
    steps: int,
) -> Nets:
    """Copies of the nets after one player alone has moved."""
    moves = recipe.movers(name)
    optim = recipe.turns[recipe.owner(name)].optim
    alone = replace(turn, optim=optim, moves=moves, repeat=1, every=1, gate=None, schedule=None)
    game = fresh(replace(recipe, turns={name: alone}, stages=(Stage((name,)),), averages={}))
    game.nets.load_state_dict(nets.state_dict())
    with torch.enable_grad():
        for _ in range(steps):
            game.round(draw)
    game.settled()
    return game.nets


def _value(recipe: Recipe, nets: Nets, batches: list[Batch]) -> float:
    """V over fixed batches."""
    with undisturbed(nets):  # its no_grad leaves penalties their slopes, which torch.func takes
        found = [sum(float(term) for term in recipe.turns["D"].loss(nets, b).values()) for b in batches]
    return -sum(found) / len(found)
