"""A search as it goes: for whoever wants to see it, stop it and go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from sparring.data.pixels import scaled, to_uint8
from sparring.inverse.calibration import Plan, planned
from sparring.inverse.initial import starts
from sparring.inverse.optimise import Field, State, begun, descent
from sparring.inverse.problem import problem
from sparring.inverse.solver import frozen
from sparring.tasks.opening.loaded import Loaded


@dataclass(frozen=True)
class Moment:
    """A search of one picture after some of its steps."""

    step: int
    steps: int
    losses: np.ndarray
    """Of each restart, (r,)."""
    best: np.ndarray
    """What the restart of least loss makes, not blended, uint8 (H, W, C)."""
    spread: float
    """Standard deviation over the restarts' pictures, root mean square, in a range of 2."""
    state: State
    """To go on from: give it to `converging`."""


def converging(
    held: Loaded,
    picture: np.ndarray,
    missing: np.ndarray,
    *,
    name: str = "default",
    steps: int | None = None,
    restarts: int | None = None,
    seed: int = 0,
    state: State | None = None,
) -> Iterator[Moment]:
    """The moments of a search, before each step and after the last, one at a time as they are asked for.

    `picture` uint8 (H, W, C) and `missing` bool (H, W) are of the run's size.  Who stops asking stops the
    search; with the last moment's `state` it goes on from there, exactly as if it had not been stopped.
    """
    plan = planned(held.folder, held.trained, name, steps=steps, restarts=restarts)
    return moments(held, picture, missing, plan, seed=seed, state=state)


def moments(
    held: Loaded,
    picture: np.ndarray,
    missing: np.ndarray,
    plan: Plan,
    *,
    seed: int,
    state: State | None = None,
) -> Iterator[Moment]:
    """`converging` by a plan that stands."""
    G, search = held.trained.generator(), plan.preset
    field = Field(G, held.trained.critic(), held.trained.recipe.latent, search.bf16)
    x = scaled(torch.from_numpy(picture[None])).contiguous()
    given = problem(x, torch.from_numpy(missing[None]))
    with frozen(field.G, field.D):
        if state is None:
            begin = starts(field, given, search, seed, plan.E)
            state = begun(given, begin(given, search.restarts))
        for now in descent(field, given, search, state):
            with torch.no_grad():
                fake = G(now.z)
            best = int(now.loss[0].nan_to_num(nan=float("inf")).argmin())
            spread = float(fake.var(0, correction=0).mean().sqrt())
            shown = to_uint8(fake[best : best + 1])[0]
            yield Moment(now.step, search.steps, now.loss[0].numpy(), shown, spread, now)
