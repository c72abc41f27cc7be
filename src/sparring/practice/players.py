"""Select and change generators, discriminators and their losses in any recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, NamedTuple, TypeVar

from sparring.core.batch import Batch, Nets
from sparring.core.errors import BadInput
from sparring.core.recipe import DISCRIMINATOR, GENERATOR, Builder, Enter, Loss, Recipe, Role
from sparring.objectives.adversarial import Game, LossPair, Minimax, NonSaturating
from sparring.objectives.renamed import RenamedNets
from sparring.objectives.smoothing import RandomLabels, SmoothedLabels
from sparring.zoo.gan import Discriminate, Generate

L = TypeVar("L", Discriminate, Generate)

STATE: Role = "state"

PLAYERS: tuple[Role, Role] = ("discriminator", "generator")
"""The roles of the two players, in the order of `PlayerTurns` and `PlainGame`."""

LOGISTIC = (Minimax, NonSaturating, SmoothedLabels, RandomLabels)
"""Loss pairs whose discriminator loss is the cross-entropy of real/fake labels."""


class Player(NamedTuple):
    """The only net of its role, and the turn that trains it."""

    net: str
    turn: str


class PlayerTurns(NamedTuple):
    """The two turns of a game of two players, each of one net or of several."""

    discriminator: str
    generator: str


class PlainGame(NamedTuple):
    """A game of one discriminator and one generator."""

    discriminator: Player
    generator: Player


def find_player(recipe: Recipe, role: Role) -> Player | None:
    """Return the only net of a role, with the turn that trains it (`Recipe.turn_of`).

    None unless exactly one net has the role and a turn trains it.
    """
    nets, turns = recipe.with_role(role), recipe.turns_of_role(role)
    return Player(nets[0], turns[0]) if len(nets) == len(turns) == 1 else None


def player(recipe: Recipe, role: Role) -> Player:
    """Return the only net of a role, with the turn that trains it (`Recipe.turn_of`).

    Raises `BadInput` unless exactly one net has the role and a turn trains it.
    """
    match = find_player(recipe, role)
    if match is None:
        raise BadInput(f"{recipe.name}: needs a single {role} with a turn of its own; {_players_of(recipe)}")
    return match


def plain_game(recipe: Recipe) -> PlainGame:
    """Return the only discriminator and the only generator, each with the turn that trains it.

    Raises `BadInput` for a recipe with another number of them, or if one turn trains both.
    """
    discriminator, generator = (find_player(recipe, role) for role in PLAYERS)
    if discriminator is None or generator is None or discriminator.turn == generator.turn:
        raise BadInput(
            f"{recipe.name}: needs a single discriminator and a single generator with a turn each; "
            f"{_players_of(recipe)}"
        )
    return PlainGame(discriminator, generator)


def find_player_turns(recipe: Recipe) -> PlayerTurns | None:
    """Return the turn that trains all discriminators, and the turn that trains all generators.

    None if either kind of net has no turn or several turns, or if one turn trains both kinds.
    """
    d, g = (recipe.turns_of_role(role) for role in PLAYERS)
    return PlayerTurns(d[0], g[0]) if len(d) == len(g) == 1 and d != g else None


def player_turns(recipe: Recipe) -> PlayerTurns:
    """Return the turns as `find_player_turns` does; `BadInput` where it finds none."""
    turns = find_player_turns(recipe)
    if turns is None:
        raise BadInput(
            f"{recipe.name}: needs one turn for all discriminators and one for all generators; "
            f"{_players_of(recipe)}"
        )
    return turns


def _players_of(recipe: Recipe) -> str:
    nets = ", ".join(f"{key} ({recipe.roles.get(key, 'no role')})" for key in recipe.nets)
    return f"its nets are {nets} and its turns {', '.join(recipe.turns)}"


def zoo_loss(loss: Loss, game: PlainGame) -> Loss:
    """Return a loss of the zoo, which calls its nets G and D, adapted to the keys of the nets of `game`.

    It is unchanged if the keys are G and D.
    """
    names = {GENERATOR: game.generator.net, DISCRIMINATOR: game.discriminator.net}
    renamed = {key: own for key, own in names.items() if key != own}
    return RenamedNets(loss, renamed) if renamed else loss


def discriminators(recipe: Recipe) -> tuple[str, ...]:
    """Return the keys of the discriminators; `BadInput` if there are none."""
    return _keys_with(recipe, "discriminator")


def generators(recipe: Recipe) -> tuple[str, ...]:
    """Return the keys of the generators; `BadInput` if there are none."""
    return _keys_with(recipe, "generator")


def _keys_with(recipe: Recipe, role: Role) -> tuple[str, ...]:
    keys = recipe.with_role(role)
    if not keys:
        raise BadInput(f"{recipe.name}: no net has the role of a {role}, which this practice changes")
    return keys


def wrap_nets(recipe: Recipe, keys: tuple[str, ...], wrapped: Callable[[Builder], Builder]) -> Recipe:
    """Return the recipe with the builder of each net in `keys` replaced by `wrapped(builder)`."""
    changed = {key: wrapped(recipe.nets[key]) for key in keys}
    return replace(recipe, nets={**recipe.nets, **changed})


def with_state(recipe: Recipe, nets: Mapping[str, Builder]) -> Recipe:
    """Return the recipe with further nets, builders by key, of the role "state"."""
    roles = dict.fromkeys(nets, STATE)
    return replace(recipe, nets={**recipe.nets, **nets}, roles={**recipe.roles, **roles})


def change_losses(recipe: Recipe, turns: tuple[str, ...], loss: Callable[[str, Loss], Loss]) -> Recipe:
    """Return the recipe with the loss of each turn in `turns` replaced by `loss(turn, old_loss)`."""
    changed = {key: replace(recipe.turns[key], loss=loss(key, recipe.turns[key].loss)) for key in turns}
    return replace(recipe, turns={**recipe.turns, **changed})


def with_enter(recipe: Recipe, enter: Enter) -> Recipe:
    """Return the recipe with `enter` called when its first stage begins, before the stage's own `enter`."""
    first, *rest = recipe.stages
    both = enter if first.enter is None else EnterBoth(enter, first.enter)
    return replace(recipe, stages=(replace(first, enter=both), *rest))


def discriminator_pair(recipe: Recipe) -> Game:
    """Return the pair of losses in D's loss, if it is the plain game's, a function of D(x) and D(G(z)) alone.

    Raises `BadInput` for another loss, and unless one turn trains all discriminators.
    """
    loss = _plain_loss(recipe, "discriminator", Discriminate)
    if loss is None:
        raise BadInput(f"{recipe.name}: D's loss is not a function of D(x) and D(G(z)) alone")
    return loss.pair


def generator_pair(recipe: Recipe) -> LossPair:
    """Return the pair of losses in G's loss, if it is the plain game's, a function of D(G(z)) alone.

    Raises `BadInput` for another loss, and unless one turn trains all generators.
    """
    loss = _plain_loss(recipe, "generator", Generate)
    if loss is None:
        raise BadInput(f"{recipe.name}: G's loss is not a function of D(G(z)) alone")
    return loss.pair


def _plain_loss(recipe: Recipe, role: Role, kind: type[L]) -> L | None:
    turns = recipe.turns_of_role(role)
    return inner_loss(recipe.turns[turns[0]].loss, kind) if len(turns) == 1 else None


def require_logistic(recipe: Recipe, pair: Game) -> None:
    """Raise `BadInput` unless the pair's discriminator loss is the cross-entropy of real/fake labels."""
    if not isinstance(pair, LOGISTIC):
        kind = type(pair).__name__
        raise BadInput(f"{recipe.name}: {kind} has no labels; use gan, dcgan or another whose D gives logits")


def with_discriminator_loss(recipe: Recipe, change: Callable[[Discriminate], Discriminate]) -> Recipe:
    """Return the recipe with `change` applied to every `Discriminate` in the discriminators' losses.

    A `Discriminate` inside wrappers of other practices is changed too; other losses are not.
    """
    turns = recipe.turns_of_role("discriminator")
    return change_losses(recipe, turns, lambda _, loss: _replace_inner(loss, Discriminate, change))


def with_generator_loss(recipe: Recipe, change: Callable[[Generate], Generate]) -> Recipe:
    """Return the recipe with `change` applied to every `Generate` in the generators' losses.

    A `Generate` inside wrappers of other practices is changed too; other losses are not.
    """
    turns = recipe.turns_of_role("generator")
    return change_losses(recipe, turns, lambda _, loss: _replace_inner(loss, Generate, change))


def inner_loss(loss: Any, kind: type[L]) -> L | None:
    """Return the first instance of `kind` in a loss and the dataclasses in its fields, or None."""
    if isinstance(loss, kind) or not is_dataclass(loss):
        return loss if isinstance(loss, kind) else None
    matches = (inner_loss(getattr(loss, field.name), kind) for field in fields(loss))
    return next((value for value in matches if value is not None), None)


def _replace_inner(loss: Any, kind: type[L], change: Callable[[L], L]) -> Any:
    """Return the tree of dataclasses with `change` applied to every instance of `kind`."""
    if isinstance(loss, kind):
        return change(loss)
    if not is_dataclass(loss) or isinstance(loss, type) or inner_loss(loss, kind) is None:
        return loss
    inner = {field.name: _replace_inner(getattr(loss, field.name), kind, change) for field in fields(loss)}
    return replace(loss, **inner)


@dataclass(frozen=True)
class EnterBoth:
    """Call `first`, then `then`, at the start of a stage."""

    first: Enter
    then: Enter

    def __call__(self, nets: Nets, draw: Callable[[], Batch]) -> None:
        self.first(nets, draw)
        self.then(nets, draw)
