"""The descent in z, step by step: pictures x restarts as one batch on one graph."""

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
from sparring.inverse.latents import boxed, freed
from sparring.inverse.presets import Preset
from sparring.inverse.problem import Problem
from sparring.nets.heads.heads import Featured


@dataclass(frozen=True)
class Field:
    """Where the search is done: frozen nets and the prior."""

    G: nn.Module
    D: nn.Module
    latent: Latent
    bf16: bool = False
    """Whether the nets' convolutions and products are in bfloat16; what comes of them is float32."""

    def made(self, z: Tensor) -> Tensor:
        """G(z), (n, C, H, W)."""
        with self._precision(z):
            fake: Tensor = self.G(z)
        return fake.float()

    def scores(self, x: Tensor) -> Tensor:
        """D(x), (n,)."""
        with self._precision(x):
            logits: Tensor = self.D(x)
        return logits.float()

    def features(self, x: Tensor) -> Tensor:
        """What D's last layer reads, (n, m); `BadInput` where it cannot say."""
        with self._precision(x):
            return features(self.D, x).float()

    @property
    def exact(self) -> Field:
        """The same in float32."""
        return replace(self, bf16=False)

    def _precision(self, x: Tensor) -> torch.autocast:
        return torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16)


@dataclass(frozen=True)
class State:
    """A search after some steps; whoever has it can go on from it.

    Of p pictures x r restarts, a picture's rows stand together.
    """

    step: int
    z: Tensor
    """(p * r, size)."""
    loss: Tensor
    """Of these z, (p, r)."""
    going: Tensor
    """Pictures that are still searched, bool (p,)."""
    memory: dict[str, Any]
    """The optimiser's, by name: tensors with a row for each z, or without rows."""
    origin: Tensor
    """The z that each search began with."""
    u: Tensor | None = None
    """What the optimiser moves where z = tanh(u); None: it moves z."""

    @property
    def restarts(self) -> int:
        return len(self.z) // len(self.going)


def begun(given: Problem, start: Tensor) -> State:
    """The state before the first step, from z (p * r, size), its loss not yet taken."""
    loss = torch.full((len(given), len(start) // len(given)), math.nan, device=start.device)
    return State(0, start, loss, torch.ones(len(given), dtype=torch.bool, device=start.device), {}, start)


def descent(field: Field, given: Problem, preset: Preset, state: State) -> Iterator[State]:
    """States from `state` on, before each step and after the last.

    Restarts are halved at the preset's steps: of each picture those of least loss go on.  A picture whose
    known values are met closely enough stands still from then on, whatever the others do.
    """
    searched = _Searched(given.repeated(state.restarts), preset, field)
    state = _freed(state) if preset.unclipped and boxed(field.latent) else state
    while state.step < preset.steps:
        moved = nn.Parameter((state.z if state.u is None else state.u).clone())
        z = moved if state.u is None else moved.tanh()
        fake = field.made(z)
        if state.step == 0:
            require_fit(given, searched.given.damage(fake))
        loss = searched.loss(z, fake, state.origin).view(len(given), -1)
        (slope,) = torch.autograd.grad(loss.sum(), moved)
        state = replace(state, loss=loss.detach(), going=searched.going(state, fake.detach()))
        if preset.enough > 0 and not state.going.any():
            yield _exactly(searched, state) if field.bf16 else state
            return
        yield state
        before, state = state.restarts, _stepped(field.latent, preset, state, moved, slope)
        if state.restarts != before:
            searched = _Searched(given.repeated(state.restarts), preset, field)
    yield _exactly(searched, state)


@dataclass(frozen=True)
class _Searched:
    """The problem with a row for each search."""

    given: Problem
    preset: Preset

    field: Field

    @cached_property
    def weight(self) -> Tensor:
        """Of each pixel, (p * r, 1, H, W)."""
        return self.preset.contextual.weight(self.given.missing)

    @cached_property
    def features(self) -> Tensor:
        """What the critic's last layer reads of the pictures, (p * r, m)."""
        with torch.no_grad():
            return self.field.features(self.given.y)

    def loss(self, z: Tensor, fake: Tensor, origin: Tensor) -> Tensor:
        """One number a search, (p * r,)."""
        field, seen = self.field, self.given.damage(fake)
        loss = self.preset.contextual(seen, self.given.y, self.weight)
        if self.preset.features:
            known = torch.where(self.given.missing[:, None], 0.0, seen)
            gap = (field.features(known) - self.features).abs().flatten(1).sum(1)
            loss = (1 - self.preset.features) * loss + self.preset.features * gap
        if self.preset.perceptual is not None:
            loss = loss + self.preset.perceptual(field.scores(fake))
        if self.preset.smoothness:
            loss = loss + self.preset.smoothness * (z - origin).square().mean(1)
        return loss + self.preset.prior * field.latent.energy(z) if self.preset.prior else loss

    def going(self, state: State, fake: Tensor) -> Tensor:
        """Pictures of which no search has met what is known, bool (p,)."""
        if self.preset.enough <= 0:
            return state.going
        apart = self.given.residual(fake) > self.preset.enough
        return state.going & apart.view(-1, state.restarts).all(1)


@torch.no_grad()
def _exactly(searched: _Searched, state: State) -> State:
    """The state with the loss of its z, in float32."""
    field = searched.field.exact
    exact = replace(searched, field=field)
    loss = exact.loss(state.z, field.made(state.z), state.origin)
    return replace(state, loss=loss.view(len(state.going), -1))


def _freed(state: State) -> State:
    """The state with z = tanh(u), if it has not been so from the beginning."""
    if state.u is not None:
        return state
    u = freed(state.z)
    return replace(state, z=u.tanh(), u=u)


def _stepped(latent: Latent, preset: Preset, state: State, before: nn.Parameter, slope: Tensor) -> State:
    moved, memory = _moved(preset, before, slope, state)
    going = state.going.repeat_interleave(state.restarts)[:, None]
    u = None if state.u is None else torch.where(going, moved, state.u)
    z = torch.where(going, latent.project(moved), state.z) if u is None else u.tanh()
    after = replace(state, step=state.step + 1, z=z, u=u, memory=memory)
    return _halved(after) if after.step in preset.halvings and after.restarts > 1 else after


def _moved(preset: Preset, z: nn.Parameter, slope: Tensor, state: State) -> tuple[Tensor, dict[str, Any]]:
    """One step of the preset's optimiser, its memory put in and taken out."""
    optimiser = preset.optim.build([z])
    if preset.cosine:
        for group in optimiser.param_groups:
            group["lr"] *= (1 + math.cos(math.pi * state.step / preset.steps)) / 2
    optimiser.state[z] = {key: _copied(value) for key, value in state.memory.items()}
    z.grad = slope
    optimiser.step()
    return z.detach(), dict(optimiser.state[z])


def _copied(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def _halved(state: State) -> State:
    """The better half of each picture's restarts, in the order of their losses."""
    count = -(-state.restarts // 2)
    best = state.loss.nan_to_num(nan=math.inf).topk(count, largest=False).indices
    first = torch.arange(len(best), device=best.device)[:, None] * state.restarts
    rows = (first + best).flatten()
    whole = len(state.z)
    memory = {
        key: value[rows] if isinstance(value, Tensor) and value.shape[:1] == (whole,) else value
        for key, value in state.memory.items()
    }
    u = None if state.u is None else state.u[rows]
    return replace(
        state,
        z=state.z[rows],
        loss=state.loss.gather(1, best),
        memory=memory,
        origin=state.origin[rows],
        u=u,
    )


def features(D: nn.Module, x: Tensor) -> Tensor:
    """What the critic's last layer reads, (n, m); `BadInput` where it cannot say."""
    if not isinstance(D, Featured):
        raise BadInput("the critic cannot say its features; choose a search that does not compare them")
    return D.features(x)


def require_fit(given: Problem, seen: Tensor) -> None:
    """Raise `BadInput` where what the generator makes, once damaged, has not the shape of what is `seen`."""
    if seen.shape[1:] != given.y.shape[1:]:
        made, wanted = (" x ".join(map(str, shape[1:])) for shape in (seen.shape, given.y.shape))
        raise BadInput(f"the pictures are {wanted}, the generator makes {made} (channels x height x width)")
