"""Inpainting error of a run, compared with copies from its training pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.data.pixels import to_float
from sparring.diagnostics import context
from sparring.inverse.calibration import plan_search
from sparring.inverse.masks import masks
from sparring.inverse.solver import complete_pictures
from sparring.runs.split import RunData, load_run_data
from sparring.tasks.opening.loaded import load

MASKS = ("half", "centre")

PICTURES, COPIES = 8, 10_000
"""Held-out pictures completed under each mask; training pictures searched for a copy, at most."""


def completion_ratio(folder: Path) -> float:
    """Return `diagnostics.context.completion_ratio` of the run at `folder`, by its default search, unblended.

    Raises `BadInput` for a run whose pictures cannot be completed, or that holds out fewer than 8.
    """
    run = load(folder)
    run.require_pictures()
    split = load_run_data(run.record.run, run.trained.recipe)
    if len(split.held) < PICTURES:
        few = f"{folder}: {len(split.held)} pictures are held out (--holdout)"
        raise BadInput(f"{few}; completion needs {PICTURES}")
    truth, training = (
        _random_pictures(split, rows, most)
        for rows, most in ((split.held, PICTURES), (split.training, COPIES))
    )
    plan, nets = plan_search(run.folder, run.trained), (run.trained.generator(), run.trained.discriminator())
    ours, copies = [], []
    height, width = truth.shape[2:]
    with run.machine(None).activate():
        for spec in MASKS:
            missing = masks(spec, PICTURES, height, width, seed=0)
            hole = torch.from_numpy(missing)
            result = complete_pictures(
                *nets, run.trained.recipe.latent, truth, hole, plan.preset, seed=0, E=plan.E
            )
            ours.append(context.hole_errors(result.raw.numpy(), truth.numpy(), missing))
            copies.append(context.nearest_errors(truth.numpy(), missing, training.numpy()))
    return context.completion_ratio(np.concatenate(ours), np.concatenate(copies))


def _random_pictures(split: RunData, rows: np.ndarray, most: int) -> torch.Tensor:
    """Return at most `most` random pictures of `rows`, (n, C, H, W) in [-1, 1]."""
    index = np.sort(np.random.default_rng(0).choice(rows, min(most, len(rows)), replace=False))
    return to_float(torch.from_numpy(split.dataset.x[index])).contiguous()
