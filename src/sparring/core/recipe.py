"""Turn, Stage, Recipe: one paper's training procedure as a value that the engine interprets.

A training step takes each turn of the current stage; a turn takes `repeat` optimiser steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Protocol, TypeVar

from torch import Tensor, nn

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.kinds import Kind
from sparring.core.knobs import FIXED
from sparring.core.latent import Latent, Normal
from sparring.core.optim import Optim
from sparring.core.schedule import Schedule
from sparring.core.space import Space

V = TypeVar("V")

OWN = {**FIXED, "own": True}
"""Metadata of a recipe's field that says which recipe it is: a child never inherits it."""

Builder = Callable[[Space], nn.Module]
"""A frozen dataclass that builds a net for a space; raises `BadInput` for a shape it does not support."""

Loss = Callable[[Nets, Batch], Terms]
"""Pure in (nets, batch); the engine sums the terms."""


class After(Protocol):
    """A change of a net's weights after each optimiser step of a turn: clip, retract."""

    def __call__(self, net: nn.Module) -> None: ...


Role = Literal["generator", "discriminator", "encoder", "classifier", "state"]
"""The purpose of a net.  "state": it has no parameters and keeps values from step to step."""

IDLE = "idle"
"""Name of a term that only gates read: how often a turn's gate was closed since it was last open."""


class Gate(Protocol):
    """Decides whether a turn is taken, from the latest terms of all turns, keyed "turn.term"."""

    def __call__(self, terms: Terms) -> bool: ...


class JointLoss(Protocol):
    """The losses of several turns, computed in one graph.

    With respect to each net, the gradient of the sum of all terms must equal the gradient of the loss of the
    turn that moves this net.
    """

    @property
    def turns(self) -> tuple[str, ...]: ...

    def __call__(self, nets: Nets, batch: Batch, /) -> Mapping[str, Terms]: ...


class Enter(Protocol):
    """An action when a stage begins, e.g. copying a net; `draw` returns the next batch."""

    def __call__(self, nets: Nets, draw: Callable[[], Batch]) -> None: ...


Sampler = Callable[[Nets, Batch], Tensor]
"""Generates samples, (n, *shape), from the batch's latents or, if the latent size is 0, from its data."""

Judge = Callable[[Nets, Batch], Tensor]
"""Scores the batch's data, given its labels if it has any: (n,), higher is more real."""


GENERATOR, DISCRIMINATOR = "G", "D"
"""Keys by which the losses of the zoo, and the plain game's sampler and judge, read their two nets."""


def generate(n: Nets, b: Batch) -> Tensor:
    """Return samples of the plain game: G(z)."""
    x: Tensor = n[GENERATOR](b.z)
    return x


def discriminate(n: Nets, b: Batch) -> Tensor:
    """Return scores of the plain game: D(x)."""
    score: Tensor = n[DISCRIMINATOR](b.x)
    return score


@dataclass(frozen=True)
class Turn:
    """Which nets are trained, by which loss, with which optimiser, and how often."""

    loss: Loss
    optim: Optim | None = None
    """None: share the optimiser, with its state, of the first turn that moves the same nets."""
    moves: tuple[str, ...] = field(default=(), metadata=FIXED)
    """Keys of the nets that are trained; empty: the net with the same key as the turn."""
    repeat: int = 1
    """Optimiser steps in one training step, each on a fresh batch."""
    every: int = 1
    """Take the turn in every n-th training step only (lazy regularisation, alternating schedules)."""
    after: After | None = None
    """Applied to each trained net after each optimiser step."""
    gate: Gate | None = None
    """Called before each optimiser step; None: always open."""
    schedule: Schedule | None = None
    """Schedule of the learning rate; None: constant."""


@dataclass(frozen=True)
class Stage:
    """Which turns are taken, for which share of the run, and what is done at the start."""

    turns: tuple[str, ...] = ()
    """Keys of the recipe's turns in the order they are taken; empty: all, in the recipe's order."""
    share: float = 1.0
    """Share of the run's training steps, relative to the shares of the other stages."""
    together: bool = False
    """Compute the gradients of all turns before any optimiser steps (simultaneous descent)."""
    enter: Enter | None = None
    shared: bool = False
    """Use one batch per training step for all turns (for the last of `repeat` steps): fakes are made once."""
    joint: JointLoss | None = None
    """Computes the gradients of its turns in one pass before their optimisers step; other turns as usual."""


@dataclass(frozen=True)
class Average:
    """An exponential moving average of a net's weights; samples are generated with it.

    After t training steps the decay is min(decay, (1 + t) / (10 + t)), so that a short run forgets its start.
    Yazici et al. 2018, arXiv:1806.04498.
    """

    decay: float = 0.999


@dataclass(frozen=True)
class Need:
    """A field of the data, besides x and labels, that a recipe's losses read as `b[role]`."""

    role: str
    """Name of the field, such as "source", "mask" or "second"."""
    kinds: tuple[type[Kind], ...] = ()
    """The kinds that will do; empty: that of x."""
    paired: bool = True
    """Whether row i belongs to row i of x; otherwise the field is drawn independently of x."""


@dataclass(frozen=True)
class Recipe:
    """One paper as a value.  `but` makes a child, which states only what is new.

    A new field is declared here and as a parameter of `but`; the knobs, `sparring show` and the comparison
    with the parent read the fields.  Metadata `OWN` marks fields that a child never inherits, `FIXED` fields
    that are no knobs.
    """

    name: str = field(metadata=OWN)
    paper: str = field(metadata=OWN)
    """arXiv number."""
    title: str = field(metadata=OWN)
    year: int = field(metadata=OWN)
    nets: Mapping[str, Builder]
    turns: Mapping[str, Turn]
    """A training step takes them in this order."""
    roles: Mapping[str, Role] = field(default_factory=dict, metadata=FIXED)
    """The role of each net, by its key; practices and diagnoses find nets by it."""
    latent: Latent = field(default_factory=Normal)
    stages: tuple[Stage, ...] = field(default=(Stage(),), metadata=FIXED)
    averages: Mapping[str, Average] = field(default_factory=dict)
    batch: int = field(default=64, metadata=FIXED)
    bf16: bool = field(default=True, metadata=FIXED)
    """Whether the recipe may be trained under bfloat16 autocast."""
    sampler: Sampler = generate
    judge: Judge = discriminate
    needs: tuple[Need, ...] = field(default=(), metadata=FIXED)
    """The fields of the data, besides x and labels, that the losses read."""
    objective: tuple[str, ...] = field(default=(), metadata=OWN)
    """The lines of the objective, as in the paper's equations."""
    departures: tuple[str, ...] = field(default=(), metadata=OWN)
    """The differences between recipe and paper; empty: no departure is known."""
    parent: Recipe | None = field(default=None, metadata=OWN)

    def __post_init__(self) -> None:
        for stage in self.stages:
            repeated = [t for t in self.turns_of(stage) if self.turns[t].repeat != 1]
            if stage.together and repeated:
                raise ValueError(f"{self.name}: turns taken together cannot repeat, but {repeated} do")
            if stage.joint is not None:
                self._require_joinable(stage, stage.joint.turns)
        for turn in self.turns:
            self.owner(turn)

    def but(
        self,
        name: str,
        *,
        paper: str,
        title: str,
        year: int,
        nets: Mapping[str, Builder | None] | None = None,
        turns: Mapping[str, Turn | Mapping[str, object] | None] | None = None,
        roles: Mapping[str, Role] | None = None,
        latent: Latent | None = None,
        stages: tuple[Stage, ...] | None = None,
        averages: Mapping[str, Average | None] | None = None,
        batch: int | None = None,
        bf16: bool | None = None,
        sampler: Sampler | None = None,
        judge: Judge | None = None,
        needs: tuple[Need, ...] | None = None,
        objective: tuple[str, ...] = (),
        departures: tuple[str, ...] = (),
    ) -> Recipe:
        """Return a child: this recipe with the named differences.

        `nets`, `turns`, `roles` and `averages` are merged by key: None removes an entry, and a mapping as the
        value of a turn changes the named fields of the parent's turn.  A net that is removed loses its role;
        give a new one a role.  All that is omitted is inherited, except the objective and the departures.
        """
        changes: dict[str, Any] = {key: value for key, value in locals().items() if key != "self"}
        turns = _resolved(self.turns, turns or {})
        gone = [key for key, builder in (nets or {}).items() if builder is None]
        return replace(
            self,
            parent=self,
            **_inherited(self, changes | {"turns": turns, "roles": {**(roles or {}), **dict.fromkeys(gone)}}),
        )

    def line(self) -> Iterator[Recipe]:
        """Yield this recipe and its ancestors, this recipe first."""
        recipe: Recipe | None = self
        while recipe is not None:
            yield recipe
            recipe = recipe.parent

    def movers(self, turn: str) -> tuple[str, ...]:
        """Return the keys of the nets that the turn with key `turn` trains."""
        return self.turns[turn].moves or (turn,)

    def owner(self, turn: str) -> str:
        """Return the key of the turn whose optimiser the turn `turn` uses.

        It is `turn` itself if it has an optimiser, else the first turn that has one and trains the same nets.
        Raises `ValueError` if there is no such turn.
        """
        if self.turns[turn].optim is not None:
            return turn
        for other in self.turns:
            if self.turns[other].optim is not None and self.movers(other) == self.movers(turn):
                return other
        raise ValueError(f"{self.name}: turn '{turn}' has no optimiser, nor has another that moves its nets")

    def _require_joinable(self, stage: Stage, turns: tuple[str, ...]) -> None:
        plain = [
            self.turns[t].repeat == self.turns[t].every == 1 and self.turns[t].gate is None for t in turns
        ]
        if not all(plain) or not set(turns) <= set(self.turns_of(stage)):
            raise ValueError(f"{self.name}: turns {turns} are joined, so each is taken once in every step")

    def with_role(self, role: Role) -> tuple[str, ...]:
        """Return the keys of the nets that have a role, in the order of the nets."""
        return tuple(key for key in self.nets if self.roles.get(key) == role)

    def turn_of(self, net: str) -> str | None:
        """Return the key of the first turn with an optimiser of its own that trains the net `net`, or None.

        Turns that share the optimiser of another turn, such as penalties, are passed over.
        """
        turns = (t for t, turn in self.turns.items() if turn.optim is not None and net in self.movers(t))
        return next(turns, None)

    def turns_of_role(self, role: Role) -> tuple[str, ...]:
        """Return the keys of the turns that train the nets of a role, each once, in the recipe's order.

        Each net of the role adds its `turn_of`, if it has one.
        """
        turns = {self.turn_of(net) for net in self.with_role(role)}
        return tuple(turn for turn in self.turns if turn in turns)

    def turns_of(self, stage: Stage) -> tuple[str, ...]:
        """Return the keys of the turns of a stage in the order they are taken: all turns if it names none."""
        return stage.turns or tuple(self.turns)


def _inherited(parent: Recipe, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a child of `parent` changes, with mappings merged by key; None: inherited."""
    merged = {}
    for f in fields(Recipe):
        old, new = getattr(parent, f.name), changes.get(f.name)
        if new is not None:
            merged[f.name] = _merged(old, new) if isinstance(old, Mapping) else new
    return merged


def _merged(old: Mapping[str, V], new: Mapping[str, V | None]) -> dict[str, V]:
    both = {**old, **new}
    return {key: value for key, value in both.items() if value is not None}


def _resolved(
    old: Mapping[str, Turn], new: Mapping[str, Turn | Mapping[str, object] | None]
) -> dict[str, Turn | None]:
    def resolve(key: str, change: Turn | Mapping[str, object] | None) -> Turn | None:
        if isinstance(change, Mapping):
            return replace(old[key], **change)  # type: ignore[arg-type]  # a wrong field raises TypeError
        return change

    return {key: resolve(key, change) for key, change in new.items()}
