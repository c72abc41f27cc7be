"""The movie of a search, as a GIF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from sparring.inverse.blend.poisson import pasted
from sparring.inverse.calibration import Plan
from sparring.runs.pictures import write_gif
from sparring.tasks.complete.figure import rows_of_pictures
from sparring.tasks.complete.steps import iterate_plan

PICTURES, FRAMES = 4, 60
"""Maximum numbers of pictures and of frames."""

FRAME_MS, LAST_FRAME_MS = 80, 1500
"""Milliseconds of a frame, and of the last one."""


def write_movie(pictures: np.ndarray, missing: np.ndarray, out: Path, plan: Plan, *, seed: int) -> int:
    """Write a GIF of the search for at most 4 pictures, the first, to `out`; return its number of frames.

    `pictures` uint8 (n, H, W, C), `missing` bool (n, H, W).  Each of at most 60 frames shows the damaged
    pictures, the best G(z) so far, and that G(z) pasted into the holes without blending.
    """
    searches = []
    for picture, hole in zip(pictures[:PICTURES], missing[:PICTURES], strict=True):
        steps = list(iterate_plan(picture, hole, plan, seed=seed))
        index = np.unique(np.linspace(0, len(steps) - 1, FRAMES).astype(int))
        searches.append([(steps[i].step, steps[i].best) for i in index])
    frames = []
    for i in range(max(len(search) for search in searches)):
        frames.append(_frame(pictures, missing, [search[min(i, len(search) - 1)] for search in searches]))
    write_gif(out, frames[0], frames[1:], [FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS])
    return len(frames)


def _frame(pictures: np.ndarray, missing: np.ndarray, current: list[tuple[int, np.ndarray]]) -> Image.Image:
    count = len(current)
    best = np.stack([made for _, made in current])
    columns = {
        "damaged": pictures[:count],
        "search": best,
        "filled": pasted(pictures[:count], best, missing[:count]),
    }
    note = {"search": f"step {max(step for step, _ in current)}"}
    return rows_of_pictures(columns, note, hatched={"damaged": missing[:count]}, rows=PICTURES)
