"""Gradient descent in z, step by step, with pictures x restarts as one batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.engine.trained import TrainedNets
from sparring.inverse.latents import is_boxed, to_unbounded
from sparring.inverse.presets import Preset
from sparring.inverse.problem import Problem
from sparring.nets.heads.heads import HasFeatures


@dataclass(frozen=True)
class FrozenModel:
    """The nets and the prior that a search uses; the nets are frozen during it."""

    G: nn.Module
    """The generator, from z (n, latent.size) to pictures (n, C, H, W) in [-1, 1]."""
    D: nn.Module
    """The discriminator, from pictures to scores (n,)."""
    latent: Latent
    """The prior of z."""
    E: nn.Module | None = None
    """An encoder of pictures and masks (`EncoderStarts.E`), from which some of the searches start."""
    bf16: bool = False
    """Whether G and D compute in bfloat16 (autocast); their outputs are float32."""

    @staticmethod
    def of(trained: TrainedNets, E: nn.Module | None = None) -> FrozenModel:
        """Return the model of a trained run, with its encoder if the search is to start from it."""
        return FrozenModel(trained.generator(), trained.discriminator(), trained.recipe.latent, E)

    @property
    def nets(self) -> tuple[nn.Module, ...]:
        """G, D, and E if there is one."""
        return (self.G, self.D) if self.E is None else (self.G, self.D, self.E)

    def made(self, z: Tensor) -> Tensor:
        """Return G(z), float32 (n, C, H, W)."""
        with self._precision(z):
            fake: Tensor = self.G(z)
        return fake.float()

    def scores(self, x: Tensor) -> Tensor:
        """Return the scores D(x), float32 (n,)."""
        with self._precision(x):
            logits: Tensor = self.D(x)
        return logits.float()

    def features(self, x: Tensor) -> Tensor:
        """Return the inputs of D's last layer, (n, m); `BadInput` if D has no `features`."""
        with self._precision(x):
            return features(self.D, x).float()

    @property
    def in_float32(self) -> FrozenModel:
        """The same nets in float32."""
        return replace(self, bf16=False)

    def _precision(self, x: Tensor) -> torch.autocast:
        return torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16)


@dataclass(frozen=True)
class SearchState:
    """The state of a search after some steps, from which it can continue.

    It has a row for each of p pictures x r restarts, the rows of a picture together.
    """

    step: int
    z: Tensor
    """(p * r, size)."""
    loss: Tensor
    """Loss of these z, (p, r)."""
    active: Tensor
    """Which pictures are still searched, bool (p,)."""
    optimiser_state: dict[str, Any]
    """The state of the optimiser, by name: tensors with a row for each z, or without rows."""
    origin: Tensor
    """The z at the start of each search."""
    u: Tensor | None = None
    """The parameter if z = tanh(u); None: z itself is the parameter."""

    @property
    def restarts(self) -> int:
        return len(self.z) // len(self.active)


def initial_state(problem: Problem, start: Tensor) -> SearchState:
    """Return the state before the first step of searches that start at `start`, (p * r, size).

    p is the number of pictures of `problem`; the r rows of a picture stand together.  Every loss is NaN and
    every picture active.
    """
    loss = torch.full((len(problem), len(start) // len(problem)), math.nan, device=start.device)
    return SearchState(
        0, start, loss, torch.ones(len(problem), dtype=torch.bool, device=start.device), {}, start
    )


def descent(
    model: FrozenModel, problem: Problem, preset: Preset, state: SearchState
) -> Iterator[SearchState]:
    """Yield the states of a gradient descent from `state` on: before each step, and after the last.

    It takes the steps from `state.step` to `preset.steps`; each state has the loss of its own z, the last one
    in float32.  After the steps in `preset.halvings` only the better half of each picture's restarts goes on,
    rounded up.  With `preset.enough` above 0, a picture with a restart of residual at most `enough` does not
    move any more, and the descent ends when no picture moves.  The nets of `model` must be frozen.  Raises
    `BadInput` if damaged generated pictures do not have the shape of `problem.y`.
    """
    objective = _Objective(problem.repeated(state.restarts), preset, model)
    state = _with_u(state) if preset.unclipped and is_boxed(model.latent) else state
    while state.step < preset.steps:
        parameter = nn.Parameter((state.z if state.u is None else state.u).clone())
        z = parameter if state.u is None else parameter.tanh()
        fake = model.made(z)
        if state.step == 0:
            require_fit(problem, objective.given.damage(fake))
        loss = objective.loss(z, fake, state.origin).view(len(problem), -1)
        (grad,) = torch.autograd.grad(loss.sum(), parameter)
        state = replace(state, loss=loss.detach(), active=objective.active(state, fake.detach()))
        if preset.enough > 0 and not state.active.any():
            yield _with_exact_loss(objective, state) if model.bf16 else state
            return
        yield state
        before, state = state.restarts, _step(model.latent, preset, state, parameter, grad)
        if state.restarts != before:
            objective = _Objective(problem.repeated(state.restarts), preset, model)
    yield _with_exact_loss(objective, state)


@dataclass(frozen=True)
class _Objective:
    """The objective of a problem that has a row for each search."""

    given: Problem
    preset: Preset
    model: FrozenModel

    @cached_property
    def weight(self) -> Tensor:
        """Weight of each pixel, (p * r, 1, H, W)."""
        return self.preset.contextual.weight(self.given.missing)

    @cached_property
    def features(self) -> Tensor:
        """Discriminator features of the measured pictures, (p * r, m)."""
        with torch.no_grad():
            return self.model.features(self.given.y)

    def loss(self, z: Tensor, fake: Tensor, origin: Tensor) -> Tensor:
        """Return the loss of each search, (p * r,)."""
        field, damaged = self.model, self.given.damage(fake)
        loss = self.preset.contextual(damaged, self.given.y, self.weight)
        if self.preset.features:
            known = torch.where(self.given.missing[:, None], 0.0, damaged)
            gap = (field.features(known) - self.features).abs().flatten(1).sum(1)
            loss = (1 - self.preset.features) * loss + self.preset.features * gap
        if self.preset.perceptual is not None:
            loss = loss + self.preset.perceptual(field.scores(fake))
        if self.preset.smoothness:
            loss = loss + self.preset.smoothness * (z - origin).square().mean(1)
        return loss + self.preset.prior * field.latent.energy(z) if self.preset.prior else loss

    def active(self, state: SearchState, fake: Tensor) -> Tensor:
        """Return which pictures still have no search within `preset.enough`, bool (p,)."""
        if self.preset.enough <= 0:
            return state.active
        unmet = self.given.residual(fake) > self.preset.enough
        return state.active & unmet.view(-1, state.restarts).all(1)


@torch.no_grad()
def _with_exact_loss(objective: _Objective, state: SearchState) -> SearchState:
    """Return the state with the loss of its z, computed in float32."""
    field = objective.model.in_float32
    exact = replace(objective, model=field)
    loss = exact.loss(state.z, field.made(state.z), state.origin)
    return replace(state, loss=loss.view(len(state.active), -1))


def _with_u(state: SearchState) -> SearchState:
    """Return the state with u, z = tanh(u); unchanged if it has u already."""
    if state.u is not None:
        return state
    u = to_unbounded(state.z)
    return replace(state, z=u.tanh(), u=u)


def _step(
    latent: Latent, preset: Preset, state: SearchState, parameter: nn.Parameter, grad: Tensor
) -> SearchState:
    moved, memory = _optimiser_step(preset, parameter, grad, state)
    going = state.active.repeat_interleave(state.restarts)[:, None]
    u = None if state.u is None else torch.where(going, moved, state.u)
    z = torch.where(going, latent.project(moved), state.z) if u is None else u.tanh()
    after = replace(state, step=state.step + 1, z=z, u=u, optimiser_state=memory)
    return _halved(after) if after.step in preset.halvings and after.restarts > 1 else after


def _optimiser_step(
    preset: Preset, parameter: nn.Parameter, grad: Tensor, state: SearchState
) -> tuple[Tensor, dict[str, Any]]:
    """Do one optimiser step from `state.optimiser_state`; return the new parameter and optimiser state."""
    optimiser = preset.optim.build([parameter])
    if preset.cosine:
        for group in optimiser.param_groups:
            group["lr"] *= (1 + math.cos(math.pi * state.step / preset.steps)) / 2
    optimiser.state[parameter] = {key: _copy(value) for key, value in state.optimiser_state.items()}
    parameter.grad = grad
    optimiser.step()
    return parameter.detach(), dict(optimiser.state[parameter])


def _copy(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def _halved(state: SearchState) -> SearchState:
    """Keep the better half of each picture's restarts, in the order of their losses."""
    count = -(-state.restarts // 2)
    best = state.loss.nan_to_num(nan=math.inf).topk(count, largest=False).indices
    first = torch.arange(len(best), device=best.device)[:, None] * state.restarts
    rows = (first + best).flatten()
    total = len(state.z)
    memory = {
        key: value[rows] if isinstance(value, Tensor) and value.shape[:1] == (total,) else value
        for key, value in state.optimiser_state.items()
    }
    u = None if state.u is None else state.u[rows]
    return replace(
        state,
        z=state.z[rows],
        loss=state.loss.gather(1, best),
        optimiser_state=memory,
        origin=state.origin[rows],
        u=u,
    )


def features(D: nn.Module, x: Tensor) -> Tensor:
    """Return the inputs of D's last layer for pictures x (n, C, H, W): `D.features(x)`, (n, m).

    Raises `BadInput` if D has no method `features`.
    """
    if not isinstance(D, HasFeatures):
        raise BadInput("the discriminator has no features; choose a search that does not compare them")
    return D.features(x)


def require_fit(problem: Problem, damaged: Tensor) -> None:
    """Raise `BadInput` unless `damaged`, A(G(z)) of any number of z, is (n, C', H', W') as `problem.y`.

    The numbers of pictures n may differ.
    """
    if damaged.shape[1:] != problem.y.shape[1:]:
        made, wanted = (" x ".join(map(str, shape[1:])) for shape in (damaged.shape, problem.y.shape))
        raise BadInput(f"the pictures are {wanted}, the generator makes {made} (channels x height x width)")
