"""How well a run fills holes, held against copies from its training pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.data.pixels import scaled
from sparring.diagnostics import context
from sparring.inverse.calibration import planned
from sparring.inverse.masks import masks
from sparring.inverse.solver import completed
from sparring.runs.split import Material, material
from sparring.tasks.opening.loaded import load

MASKS = ("half", "centre")

PICTURES, COPIES = 8, 10_000
"""Held-out pictures that are completed under each mask, and training pictures that may be copied, at most."""


def completion_ratio(folder: Path) -> float:
    """`diagnostics.context.completion_ratio` of the run at `folder`, by its default search, not blended.

    Raises `BadInput` for a run whose pictures cannot be searched for, or that kept fewer than 8 aside.
    """
    held = load(folder)
    held.require_pictures()
    found = material(held.record.run, held.trained.recipe)
    if len(found.held) < PICTURES:
        few = f"{folder}: kept {len(found.held)} pictures aside (--holdout)"
        raise BadInput(f"{few}; completing needs {PICTURES}")
    truth, training = (
        _some(found, rows, most) for rows, most in ((found.held, PICTURES), (found.training, COPIES))
    )
    plan, nets = planned(held.folder, held.trained), (held.trained.generator(), held.trained.critic())
    height, width = truth.shape[2:]
    ours, copies = [], []
    with held.machine(None).in_force():
        for spec in MASKS:
            missing = masks(spec, PICTURES, height, width, seed=0)
            hole = torch.from_numpy(missing)
            made = completed(*nets, held.trained.recipe.latent, truth, hole, plan.preset, seed=0, E=plan.E)
            ours.append(context.hole_errors(made.raw.numpy(), truth.numpy(), missing))
            copies.append(context.nearest_errors(truth.numpy(), missing, training.numpy()))
    return context.completion_ratio(np.concatenate(ours), np.concatenate(copies))


def _some(found: Material, rows: np.ndarray, most: int) -> torch.Tensor:
    """Pictures (n, C, H, W) in [-1, 1], drawn from these rows."""
    index = np.sort(np.random.default_rng(0).choice(rows, min(most, len(rows)), replace=False))
    return scaled(torch.from_numpy(found.dataset.x[index])).contiguous()
