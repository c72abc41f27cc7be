"""The game: a recipe's nets, optimisers and averages, and the training step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import cast

import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets, Terms, View
from sparring.core.errors import Diverged
from sparring.core.recipe import IDLE, JointLoss, Recipe, Stage, Turn
from sparring.core.schedule import DependsOnProgress
from sparring.core.space import Space
from sparring.engine.averages import average_updater
from sparring.engine.columns import use_column_gradients
from sparring.engine.layout import channels_last
from sparring.engine.machine import Machine
from sparring.engine.memory import CachedNet, OutputCache

Draw = Callable[[], Batch]

GRADIENT = "gradient"
"""Name of the term with the Euclidean norm of the gradient of a turn's loss, over all weights it trains."""


class Game:
    """Trains a recipe's nets, one `round` (training step) at a time.

    Each turn draws its own batch.  Only the nets that the turn moves require gradients; all others are
    frozen, so that no graph is built for their weights.  Same seed, batches and machine: same bits.

    `starts` are the steps at which the stages begin, and `steps` is the step at which the last one ends.
    Without `steps` the progress of the last stage stays 0, and its learning rates are constant.
    """

    def __init__(
        self,
        recipe: Recipe,
        space: Space,
        *,
        seed: int = 0,
        machine: Machine | None = None,
        starts: Sequence[int] = (0,),
        steps: int | None = None,
    ) -> None:
        self.recipe = recipe
        self.machine = machine or Machine()
        self.starts = tuple(starts)
        self.rounds = steps
        self.step = 0
        self.nets = _build(recipe, space, seed, self.machine)
        self.averages = Nets({key: copy.deepcopy(self.nets[key]) for key in recipe.averages})
        self.averages.eval().requires_grad_(False)
        self._weights = {key: self._parameters_of((key,)) for key in self.nets}
        self._moved = {name: self._parameters_of(recipe.movers(name)) for name in recipe.turns}
        self._means = {
            key: average_updater(self.averages[key], self.nets[key], a) for key, a in recipe.averages.items()
        }
        self.optimisers = self._optimisers()
        self._rates = {name: [g["lr"] for g in o.param_groups] for name, o in self.optimisers.items()}
        self._losses = {name: self._loss(turn) for name, turn in recipe.turns.items()}
        self._timed = [part for part in self.nets.modules() if isinstance(part, DependsOnProgress)]
        self._thawed: tuple[str, ...] | None = None
        self._pending_terms: list[tuple[int, str, tuple[str, ...], Tensor]] = []
        self.terms: Terms = {}

    def round(self, draw: Draw) -> None:
        """Take one training step: each turn of the current stage, then update the averages.

        `draw` returns a new batch at each call.  A turn with `every` = k is taken in every k-th training step
        only.
        """
        stage = self._stage(draw)
        for part in self._timed:
            part.set_progress(self._progress())
        due = [t for t in self.recipe.turns_of(stage) if self.step % self.recipe.turns[t].every == 0]
        if stage.joint is not None:
            self._joint_step(stage.joint, draw())
            due = [t for t in due if t not in stage.joint.turns]
        if stage.together:
            self._simultaneous(due, draw)
        elif stage.shared:
            self._sharing(due, draw)
        else:
            self._alternating(due, draw)
        for follow in self._means.values():
            follow(self.step)
        self.step += 1

    def read_terms(self) -> list[tuple[int, dict[str, float]]]:
        """Return the terms of the turns taken since the last call, as (step, {"TURN.TERM": value}).

        There is one entry for each optimiser step of a turn; `step` counts training steps from 0.  The terms
        are those that the turn's loss returned, and "TURN.gradient", the norm of the gradient.  All are
        copied from the device in one transfer.  Raises `Diverged`, naming step, turn and term, if a value is
        not finite.
        """
        if not self._pending_terms:
            return []
        values = torch.cat([row[3] for row in self._pending_terms]).tolist()
        rows, at = [], 0
        for step, turn, names, _ in self._pending_terms:
            row = dict(zip((f"{turn}.{name}" for name in names), values[at : at + len(names)], strict=True))
            at += len(names)
            rows.append((step, row))
        self._pending_terms = []
        for step, row in rows:
            _require_finite(step, row)
        return rows

    def latest_terms(self) -> dict[str, float]:
        """Return the last value of every term so far, keyed "TURN.TERM".

        "TURN.gradient" is the norm of the gradient.  A turn with a gate also has "TURN.idle": how often its
        gate was closed since it was last open.
        """
        return {key: float(value) for key, value in self.terms.items()}

    def optimiser_of(self, turn: str) -> torch.optim.Optimizer:
        """Return the optimiser that a turn steps."""
        return self.optimisers[self.recipe.owner(turn)]

    def _stage(self, draw: Draw) -> Stage:
        index = self._stage_index()
        stage = self.recipe.stages[index]
        if self.step == self.starts[index] and stage.enter is not None:
            with torch.no_grad():
                stage.enter(self.nets, draw)
        return stage

    def _stage_index(self) -> int:
        return max(i for i, start in enumerate(self.starts) if start <= self.step)

    def _alternating(self, turns: Sequence[str], draw: Draw) -> None:
        for name in turns:
            for _ in range(self.recipe.turns[name].repeat):
                if self._open(name):
                    self._step(name, self._gradients(name, draw()))

    def _sharing(self, turns: Sequence[str], draw: Draw) -> None:
        """Use one batch for every turn's last optimiser step; cache a net's outputs until it is trained."""
        batch, memories = draw(), {key: OutputCache(net) for key, net in self.nets.items()}
        for number, name in enumerate(turns):
            movers = self.recipe.movers(name)
            later = {key for other in turns[number + 1 :] for key in self.recipe.movers(other)} - {*movers}
            for _ in range(self.recipe.turns[name].repeat - 1):
                if self._open(name):
                    self._step(name, self._gradients(name, draw()))
            if self._open(name):
                cached = {key: CachedNet(memories[key], key in movers) for key in (*movers, *later)}
                self._step(name, self._gradients(name, batch, {} if self.machine.compile else cached))
                for key in movers:
                    memories[key].clear()

    def _simultaneous(self, turns: Sequence[str], draw: Draw) -> None:
        taken = [(name, self._copies(self._gradients(name, draw()))) for name in turns if self._open(name)]
        for name, gradients in taken:
            self._step(name, gradients)

    def _copies(self, gradients: list[Tensor | None]) -> list[Tensor | None]:
        """Copy gradients that must survive the next turn: replayed CUDA graphs write to the same memory."""
        return [g.clone() if g is not None and self.machine.graphs else g for g in gradients]

    def _joint_step(self, joint: JointLoss, batch: Batch) -> None:
        movers = {name: self.recipe.movers(name) for name in joint.turns}
        self._thaw(tuple(dict.fromkeys(key for keys in movers.values() for key in keys)))
        with self.machine.autocast():
            terms = joint(self.nets, batch)
        loss = torch.stack([term.float() for group in terms.values() for term in group.values()]).sum()
        parameters = {name: self._moved[name] for name in joint.turns}
        gradients = iter(
            torch.autograd.grad(loss, [p for ps in parameters.values() for p in ps], allow_unused=True)
        )
        taken = {name: [next(gradients) for _ in ps] for name, ps in parameters.items()}
        for name in joint.turns:
            self._record(name, terms[name], taken[name])
            self._step(name, taken[name])

    def _open(self, name: str) -> bool:
        gate = self.recipe.turns[name].gate
        if gate is None:
            return True
        is_open, idle = gate(self.terms), f"{name}.{IDLE}"
        self.terms[idle] = torch.zeros(()) if is_open else self.terms.get(idle, torch.zeros(())) + 1
        return is_open

    def _gradients(
        self, name: str, batch: Batch, cached: Mapping[str, CachedNet] | None = None
    ) -> list[Tensor | None]:
        self._thaw(tuple(cached) if cached else self.recipe.movers(name))
        with self.machine.autocast():
            if cached:
                terms = self.recipe.turns[name].loss(cast(Nets, View(self.nets, cached)), batch)
            else:
                terms = self._losses[name](batch)
        parameters = self._moved[name]
        loss = torch.stack([term.float() for term in terms.values()]).sum()
        gradients: list[Tensor | None] = list(torch.autograd.grad(loss, parameters, allow_unused=True))
        self._record(name, terms, gradients)
        return gradients

    def _step(self, name: str, gradients: Sequence[Tensor | None]) -> None:
        for parameter, gradient in zip(self._moved[name], gradients, strict=True):
            parameter.grad = gradient
        self._optimiser_at_its_rate(name).step()
        for parameter in self._moved[name]:
            parameter.grad = None
        after = self.recipe.turns[name].after
        if after is not None:
            with torch.no_grad():
                for key in self.recipe.movers(name):
                    after(self.nets[key])

    def _optimiser_at_its_rate(self, turn: str) -> torch.optim.Optimizer:
        owner, schedule = self.recipe.owner(turn), self.recipe.turns[turn].schedule
        factor = 1.0 if schedule is None else schedule(self._progress())
        for group, rate in zip(self.optimisers[owner].param_groups, self._rates[owner], strict=True):
            group["lr"] = rate * factor
        return self.optimisers[owner]

    def _progress(self) -> float:
        """Return the progress of the current stage in [0, 1); 0 if its end is not known."""
        index = self._stage_index()
        ends = (*self.starts[1:], self.rounds)
        start, end = self.starts[index], ends[index]
        return 0.0 if end is None else (self.step - start) / (end - start)

    def _record(self, name: str, terms: Terms, gradients: Sequence[Tensor | None]) -> None:
        norms = torch._foreach_norm([g for g in gradients if g is not None])
        norm = torch.linalg.vector_norm(torch.stack(norms))
        row = torch.stack([*(term.detach().float() for term in terms.values()), norm])
        names = (*terms, GRADIENT)
        self._pending_terms.append((self.step, name, names, row))
        self.terms.update({f"{name}.{term}": row[i] for i, term in enumerate(names)})

    def _thaw(self, movers: tuple[str, ...]) -> None:
        if movers != self._thawed:
            for key, parameters in self._weights.items():
                for parameter in parameters:
                    parameter.requires_grad_(key in movers)
            self._thawed = movers

    def _parameters_of(self, keys: Iterable[str]) -> list[nn.Parameter]:
        return [p for key in keys for p in self.nets[key].parameters()]

    def _optimisers(self) -> dict[str, torch.optim.Optimizer]:
        optims = {name: turn.optim for name, turn in self.recipe.turns.items()}
        return {name: o.build(self._moved[name]) for name, o in optims.items() if o is not None}

    def _loss(self, turn: Turn) -> Callable[[Batch], Terms]:
        def loss(batch: Batch) -> Terms:
            return turn.loss(self.nets, batch)

        if not self.machine.compile:
            return loss
        mode = "reduce-overhead" if self.machine.graphs else None
        return torch.compile(loss, dynamic=False, mode=mode)


def stage_starts(recipe: Recipe, steps: int) -> tuple[int, ...]:
    """Return the training step at which each stage begins, in a run of `steps` steps; the first is 0.

    Stage i begins at round(steps * (s_0 + ... + s_(i-1)) / (sum of all s)), with s the stages' `share`.
    """
    total = sum(stage.share for stage in recipe.stages)
    ends = accumulate(stage.share for stage in recipe.stages)
    return (0, *(round(steps * end / total) for end in ends))[: len(recipe.stages)]


def _build(recipe: Recipe, space: Space, seed: int, machine: Machine) -> Nets:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        nets = Nets({key: builder(space) for key, builder in recipe.nets.items()})
    nets = nets.to(machine.device)
    if machine.columns:
        use_column_gradients(nets)
    if machine.channels_last:
        channels_last(nets)
    return nets.train()


def _require_finite(step: int, row: Mapping[str, float]) -> None:
    for name, value in row.items():
        if value != value or value in (float("inf"), float("-inf")):
            turn, term = name.split(".", 1)
            label = "the gradient" if term == GRADIENT else f"term '{term}'"
            raise Diverged(
                f"step {step}: {label} of turn '{turn}' is {value}; the last good checkpoint remains"
            )
