"""A walk from sample to sample and back to the first, as strips and as a movie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.pixels import to_uint8
from sparring.data.grid import grid
from sparring.inverse.latents import Interpolation, interpolate
from sparring.plots import style
from sparring.plots.strip import strip, strips_figure
from sparring.runs.files import prepare_folder, write_json
from sparring.runs.pictures import write_gif
from sparring.tasks.edit.grid import COUNT, load_editable, numbered_latents, require_numbers
from sparring.tasks.opening.loaded import LoadedRun
from sparring.tasks.opening.results import run_header

MARK, FIGURE, MOVIE = "walk.json", "walk.png", "walk.gif"

LEG, FRAME = 24, 50
"""Frames of the movie from one sample to the next, and the milliseconds per frame."""

SIDE, COLOURS = 240, 64
"""Approximate size of the movie's pictures in pixels, enlarged by an integer factor, and their colours."""

WAYS = {"slerp": (Interpolation.SPHERE,), "lerp": (Interpolation.STRAIGHT,), "both": tuple(Interpolation)}

DEFAULT_SAMPLES, MAX_SAMPLES = 4, 20
"""Default and maximum number of samples of a walk."""


@dataclass(frozen=True)
class Walk:
    """Options of a walk: the samples, the interpolation and the output folder."""

    out: Path
    """Folder to write."""
    ends: tuple[int, ...] = ()
    """Numbers of the samples to visit, as in `sparring arithmetic RUN --sheet FILE`; none: the first ones."""
    n: int | None = None
    """Number of samples to visit if none is named; None: 4."""
    steps: int = 8
    """Pictures per strip, both ends included."""
    way: Literal["slerp", "lerp", "both"] = "slerp"
    """Interpolation: on the sphere (slerp), straight (lerp), or both, one above the other."""
    seed: int = 0
    """Seed of the samples."""
    overwrite: bool = False
    """Replace the files of an earlier walk in `out`."""


def walk(run: Path, task: Walk) -> dict[str, Any]:
    """Walk through samples of the run at `run`; return the content of `walk.json` in `task.out`.

    Also writes `walk.png`, a strip for each leg and interpolation, and `walk.gif`, an endless round trip.
    The entries are "run", "step", "seed", "ends" and "legs", dicts with "from", "to", "way" and two numbers
    on 32 points of the leg: "smoothness", the largest of the 31 steps in pixel space over their mean (1 is
    even, 31 a single jump), and "shortest", the least |z| over that of the prior.  Raises `BadInput` before
    it writes.
    """
    ends = _ends(task)
    if not 2 <= task.steps <= 32:
        raise BadInput(f"--steps {task.steps}: give 2 to 32")
    loaded = load_editable(run, task.seed)
    prepare_folder(task.out, task.overwrite, (MARK, FIGURE, MOVIE))
    generator, latent, ways = loaded.trained.generator(), loaded.trained.recipe.latent, WAYS[task.way]
    z = numbered_latents(latent, task.seed)
    round_trip = list(zip(ends, [*ends[1:], ends[0]], strict=True))
    legs = round_trip[: 1 if len(ends) == 2 else None]  # the way back from the second of two is the same
    strips = [
        {way: strip(generator, latent, z[a], z[b], way, steps=task.steps) for way in ways} for a, b in legs
    ]
    results = run_header(loaded) | {
        "seed": task.seed,
        "ends": ends,
        "legs": [
            {
                "from": a,
                "to": b,
                "way": way.value,
                "smoothness": round(row.smoothness, 3),
                "shortest": round(float(row.norms.min()), 3),
            }
            for (a, b), leg in zip(legs, strips, strict=True)
            for way, row in leg.items()
        ],
    }
    write_json(task.out / MARK, results)
    style.write(strips_figure(strips, [f"{a} → {b}" for a, b in legs]), task.out / FIGURE)
    _write_movie(task.out / MOVIE, loaded, [(z[a], z[b]) for a, b in round_trip], ways)
    return results


def _ends(task: Walk) -> list[int]:
    """Return the numbers of the samples to visit."""
    if task.ends and task.n is not None:
        raise BadInput("--ends and --n: name the samples or say how many; leave one of the two out")
    if task.n is not None and not 2 <= task.n <= MAX_SAMPLES:
        raise BadInput(f"--n {task.n}: give 2 to {MAX_SAMPLES}")
    ends = require_numbers(task.ends or range(task.n or DEFAULT_SAMPLES), "--ends")
    if not 2 <= len(ends) <= MAX_SAMPLES:
        raise BadInput(f"--ends: {len(ends)} of the {COUNT} samples; name 2 to {MAX_SAMPLES}")
    return ends


@torch.no_grad()
def _write_movie(
    path: Path, loaded: LoadedRun, legs: list[tuple[Tensor, Tensor]], ways: tuple[Interpolation, ...]
) -> None:
    """Write all legs in order; interpolations are stacked, one above the other."""
    latent = loaded.trained.recipe.latent
    # A cosine schedule, slow at the ends, so that the direction does not change abruptly there.
    t = (1 - torch.cos(torch.linspace(0, torch.pi, LEG + 1, dtype=torch.float64)[:-1])) / 2
    a, b = (torch.stack(side) for side in zip(*legs, strict=True))
    generated: Mapping[Interpolation, np.ndarray] = {
        way: to_uint8(loaded.trained.generator()(interpolate(latent, a, b, t, way).flatten(0, 1)))
        for way in ways
    }
    scale = max(1, round(SIDE / loaded.trained.space.shape[2]))
    frames = [_frame(np.stack(pictures), scale) for pictures in zip(*generated.values(), strict=True)]
    write_gif(path, frames[0], frames[1:], [FRAME] * len(frames))


def _frame(pictures: np.ndarray, scale: int) -> Image.Image:
    """Stack pictures, uint8 (n, h, w, c), in a column; few colours keep the file small."""
    sheet = Image.fromarray(grid(pictures, 1, pad=1, scale=1)).quantize(COLOURS, dither=Image.Dither.NONE)
    return sheet.resize((sheet.width * scale, sheet.height * scale), Image.Resampling.NEAREST)
