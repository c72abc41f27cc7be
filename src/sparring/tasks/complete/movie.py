"""The movie of a search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from sparring.inverse.blend.poisson import pasted
from sparring.inverse.calibration import Plan
from sparring.runs.pictures import write_gif
from sparring.tasks.complete.figure import rows_of_pictures
from sparring.tasks.complete.steps import moments
from sparring.tasks.opening.loaded import Loaded

SHOWN, FRAMES = 4, 60
"""Pictures and frames, at most."""

TIME, LAST = 80, 1500
"""Milliseconds of a frame and of the last."""


def film(held: Loaded, pictures: np.ndarray, missing: np.ndarray, out: Path, plan: Plan, *, seed: int) -> int:
    """Write a GIF of how the first few pictures are completed, not blended; the number of its frames.

    `pictures` uint8 (n, H, W, C), `missing` bool (n, H, W).
    """
    found = []
    for picture, hole in zip(pictures[:SHOWN], missing[:SHOWN], strict=True):
        seen = list(moments(held, picture, hole, plan, seed=seed))
        kept = np.unique(np.linspace(0, len(seen) - 1, FRAMES).astype(int))
        found.append([(seen[i].step, seen[i].best) for i in kept])
    frames = []
    for i in range(max(len(one) for one in found)):
        frames.append(_frame(pictures, missing, [one[min(i, len(one) - 1)] for one in found]))
    write_gif(out, frames[0], frames[1:], [TIME] * (len(frames) - 1) + [LAST])
    return len(frames)


def _frame(pictures: np.ndarray, missing: np.ndarray, now: list[tuple[int, np.ndarray]]) -> Image.Image:
    shown = len(now)
    best = np.stack([made for _, made in now])
    columns = {
        "damaged": pictures[:shown],
        "search": best,
        "filled": pasted(pictures[:shown], best, missing[:shown]),
    }
    note = {"search": f"step {max(step for step, _ in now)}"}
    return rows_of_pictures(columns, note, hatched={"damaged": missing[:shown]}, rows=SHOWN)
