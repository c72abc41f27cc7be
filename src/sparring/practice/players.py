"""Whom a practice is meant for: generators and critics of any recipe, and the pair of losses they play."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.recipe import Builder, Enter, Loss, Recipe
from sparring.objectives.adversarial import Game, Minimax, NonSaturating, Pair
from sparring.objectives.smoothing import Jittered, Smoothed
from sparring.zoo.gan import Discriminate, Generate

L = TypeVar("L", Discriminate, Generate)

LOGISTIC = (Minimax, NonSaturating, Smoothed, Jittered)
"""Pairs whose critic's loss is the cross-entropy of labels."""


def critics(recipe: Recipe) -> tuple[str, ...]:
    """The keys of the nets that judge, by the papers' letter; `BadInput` where there are none."""
    return _lettered(recipe, "D", "critic")


def generators(recipe: Recipe) -> tuple[str, ...]:
    """The keys of the nets that make samples, by the papers' letter; `BadInput` where there are none."""
    return _lettered(recipe, "G", "generator")


def _lettered(recipe: Recipe, letter: str, role: str) -> tuple[str, ...]:
    found = tuple(key for key in recipe.nets if key.startswith(letter))
    if not found:
        raise BadInput(f"{recipe.name}: has no {role} called {letter} that this could be done to")
    return found


def rebuilt(recipe: Recipe, keys: tuple[str, ...], wrapped: Callable[[Builder], Builder]) -> Recipe:
    """The recipe with the builders of some of its nets wrapped."""
    changed = {key: wrapped(recipe.nets[key]) for key in keys}
    return replace(recipe, nets={**recipe.nets, **changed})


def retaught(recipe: Recipe, turns: tuple[str, ...], loss: Callable[[str, Loss], Loss]) -> Recipe:
    """The recipe with the losses of some of its turns changed, each from its turn's key and itself."""
    changed = {key: replace(recipe.turns[key], loss=loss(key, recipe.turns[key].loss)) for key in turns}
    return replace(recipe, turns={**recipe.turns, **changed})


def entering(recipe: Recipe, enter: Enter) -> Recipe:
    """The recipe with something more done when its first stage begins, before what it does itself."""
    first, *rest = recipe.stages
    both = enter if first.enter is None else Both(enter, first.enter)
    return replace(recipe, stages=(replace(first, enter=both), *rest))


def critic_pair(recipe: Recipe) -> Game:
    """The pair by which D learns in the plain game of D(x) and D(G(z)); `BadInput` for other games."""
    found = inner_loss(recipe.turns["D"].loss, Discriminate) if "D" in recipe.turns else None
    if found is None:
        raise BadInput(f"{recipe.name}: its critic's loss is not made of D(x) and D(G(z)) alone")
    return found.pair


def generator_pair(recipe: Recipe) -> Pair:
    """The pair by which G learns in the plain game; `BadInput` for other games."""
    found = inner_loss(recipe.turns["G"].loss, Generate) if "G" in recipe.turns else None
    if found is None:
        raise BadInput(f"{recipe.name}: its generator's loss is not made of D(G(z)) alone")
    return found.pair


def require_logistic(recipe: Recipe, pair: Game) -> None:
    """Raise `BadInput` where the critic does not learn labels, so that labels cannot be changed."""
    if not isinstance(pair, LOGISTIC):
        kind = type(pair).__name__
        raise BadInput(f"{recipe.name}: {kind} has no labels; use gan, dcgan or another whose D gives logits")


def with_critic_loss(recipe: Recipe, change: Callable[[Discriminate], Discriminate]) -> Recipe:
    """The recipe with the plain game's loss of D changed, also inside what other practices put around it."""
    return retaught(recipe, ("D",), lambda _, loss: _exchanged(loss, Discriminate, change))


def with_generator_loss(recipe: Recipe, change: Callable[[Generate], Generate]) -> Recipe:
    """The recipe with the plain game's loss of G changed, also inside what other practices put around it."""
    return retaught(recipe, ("G",), lambda _, loss: _exchanged(loss, Generate, change))


def inner_loss(loss: Any, kind: type[L]) -> L | None:
    """The first value of that kind in a tree of dataclasses."""
    if isinstance(loss, kind) or not is_dataclass(loss):
        return loss if isinstance(loss, kind) else None
    found = (inner_loss(getattr(loss, field.name), kind) for field in fields(loss))
    return next((value for value in found if value is not None), None)


def _exchanged(loss: Any, kind: type[L], change: Callable[[L], L]) -> Any:
    """The tree with every value of that kind changed."""
    if isinstance(loss, kind):
        return change(loss)
    if not is_dataclass(loss) or isinstance(loss, type) or inner_loss(loss, kind) is None:
        return loss
    inner = {field.name: _exchanged(getattr(loss, field.name), kind, change) for field in fields(loss)}
    return replace(loss, **inner)


@dataclass(frozen=True)
class Both:
    """One thing on entering a stage, then another."""

    first: Enter
    then: Enter

    def __call__(self, nets: Nets, draw: Callable[[], Batch]) -> None:
        self.first(nets, draw)
        self.then(nets, draw)
