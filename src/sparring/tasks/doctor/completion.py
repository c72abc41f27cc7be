"""Inpainting error of a run, compared with copies from its training pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.core.pixels import array_to_float
from sparring.diagnostics import context
from sparring.inverse.calibration import plan_search
from sparring.inverse.masks import masks
from sparring.inverse.solver import complete_pictures
from sparring.runs.split import RunData
from sparring.tasks.opening.loaded import load_for_search

MASKS = ("half", "centre")

PICTURES, COPIES = 8, 10_000
"""Held-out pictures completed under each mask; training pictures searched for a copy, at most."""


def completion_ratio(folder: Path) -> float:
    """Return the mean error of holes inpainted by the run at `folder` over that of copied training pictures.

    Eight held-out pictures are completed under each of the masks half and centre by the run's default search,
    without blending.  The copy is the training picture nearest in L1 on the known pixels, of at most 10,000.
    Errors are mean absolute errors over the hole.  1: the search fills a hole as well as a copy does; above
    1: worse.  Raises `BadInput` for a run whose pictures cannot be completed, or that holds out fewer than 8.
    """
    run = load_for_search(folder)
    split = run.run_data()
    if len(split.held) < PICTURES:
        few = f"{folder}: {len(split.held)} pictures are held out (--holdout)"
        raise BadInput(f"{few}; completion needs {PICTURES}")
    truth, training = (
        _random_pictures(split, rows, most)
        for rows, most in ((split.held, PICTURES), (split.training, COPIES))
    )
    plan = plan_search(run.folder, run.trained)
    ours, copies = [], []
    height, width = truth.shape[2:]
    with run.machine(None).activate():
        for spec in MASKS:
            missing = masks(spec, PICTURES, height, width, seed=0)
            hole = torch.from_numpy(missing)
            result = complete_pictures(plan.model, truth, hole, plan.preset, seed=0)
            ours.append(context.hole_errors(result.raw.numpy(), truth.numpy(), missing))
            copies.append(context.nearest_errors(truth.numpy(), missing, training.numpy()))
    return context.completion_ratio(np.concatenate(ours), np.concatenate(copies))


def _random_pictures(split: RunData, rows: np.ndarray, most: int) -> torch.Tensor:
    """Return at most `most` random pictures of `rows`, (n, C, H, W) in [-1, 1]."""
    index = np.sort(np.random.default_rng(0).choice(rows, min(most, len(rows)), replace=False))
    return array_to_float(split.dataset.x[index])
