"""A search as an iterator of snapshots, which can be stopped and resumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from sparring.core.pixels import array_to_float, to_uint8
from sparring.inverse.calibration import Plan, plan_search
from sparring.inverse.initial import starts
from sparring.inverse.optimise import SearchState, descent, initial_state
from sparring.inverse.problem import problem
from sparring.inverse.solver import frozen
from sparring.tasks.opening.loaded import LoadedRun


@dataclass(frozen=True)
class SearchSnapshot:
    """Snapshot of the search for one picture after some of its steps."""

    step: int
    steps: int
    losses: np.ndarray
    """Loss of each restart, (r,)."""
    best: np.ndarray
    """G(z) of the restart with the least loss, not blended, uint8 (H, W, C)."""
    spread: float
    """Standard deviation over the restarts' pictures, root mean square over pixels, in a range of 2."""
    state: SearchState
    """State to resume the search from: pass it as `state`."""


def iterate_search(
    loaded: LoadedRun,
    picture: np.ndarray,
    missing: np.ndarray,
    *,
    name: str = "default",
    steps: int | None = None,
    restarts: int | None = None,
    seed: int = 0,
    state: SearchState | None = None,
) -> Iterator[SearchSnapshot]:
    """Yield snapshots of the search for one picture, before each step and after the last, each on request.

    `picture` uint8 (H, W, C) and `missing` bool (H, W), True where missing, have the size of the run
    `loaded`.  `name` is a preset: "default", "fast", "amortised", "faithful", "yeh2017", "bamos", "csgm" or
    "igan"; `steps` and `restarts` None: those of the preset.  To stop the search, stop iterating; with
    `state` the last snapshot's `state` it resumes exactly as if it had not been stopped.
    """
    plan = plan_search(loaded.folder, loaded.trained, name, steps=steps, restarts=restarts)
    return iterate_plan(picture, missing, plan, seed=seed, state=state)


def iterate_plan(
    picture: np.ndarray,
    missing: np.ndarray,
    plan: Plan,
    *,
    seed: int,
    state: SearchState | None = None,
) -> Iterator[SearchSnapshot]:
    """Yield snapshots of the search that `plan` describes; other arguments as in `iterate_search`."""
    search = plan.preset
    model = replace(plan.model, bf16=search.bf16)
    target = problem(array_to_float(picture[None]), torch.from_numpy(missing[None]))
    with frozen(*model.nets):
        if state is None:
            initial = starts(model, target, search, seed)
            state = initial_state(target, initial(target, search.restarts))
        for current in descent(model, target, search, state):
            with torch.no_grad():
                fake = model.G(current.z)
            best = int(current.loss[0].nan_to_num(nan=float("inf")).argmin())
            spread = float(fake.var(0, correction=0).mean().sqrt())
            picture_now = to_uint8(fake[best : best + 1])[0]
            yield SearchSnapshot(
                current.step, search.steps, current.loss[0].numpy(), picture_now, spread, current
            )
