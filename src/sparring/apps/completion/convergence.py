"""A search as it goes: for whoever wants to see it, stop it and go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from sparring.apps.completion.calibration import tuning
from sparring.apps.completion.presets import OWN, preset
from sparring.apps.completion.problem import problem
from sparring.apps.completion.search import Field, State, begun, descent
from sparring.apps.completion.solver import frozen
from sparring.apps.completion.starts import Draws, Encoded, Starts, bank
from sparring.apps.completion.trial import as_levels
from sparring.apps.encoding.kept import encoder
from sparring.apps.loaded import Loaded


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
    tuned, _ = tuning(held.folder, held.trained)
    search = preset(name, steps=steps, restarts=restarts)
    search = tuned.preset(search) if name in OWN else search
    G, D = held.trained.generator(), held.trained.critic()
    field = Field(G, D, held.trained.recipe.latent)
    x = torch.from_numpy(picture[None]).permute(0, 3, 1, 2).float() / 127.5 - 1
    given = problem(x, torch.from_numpy(missing[None]))
    with frozen(G, D):
        if state is None:
            starts: Starts = bank(field, given, search, seed) if search.bank else Draws(field, seed)
            E = encoder(held.folder, held.trained) if name in OWN else None
            starts = starts if E is None else Encoded(field, E, seed, search.encoded, starts)
            state = begun(given, starts(given, search.restarts))
        for now in descent(field, given, search, state):
            with torch.no_grad():
                fake = G(now.z)
            best = int(now.loss[0].nan_to_num(nan=float("inf")).argmin())
            levels = np.clip(np.rint(as_levels(fake[best : best + 1])), 0, 255).astype(np.uint8)
            spread = float(fake.var(0, correction=0).mean().sqrt())
            yield Moment(now.step, search.steps, now.loss[0].numpy(), levels[0], spread, now)
