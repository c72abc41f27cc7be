"""A run's data: what is trained on, and what is kept aside."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests, held_out
from sparring.data.sources import dataset
from sparring.runs.files import sha256

LOG = logging.getLogger(__name__)

TRAINED_ON = "trained_on.npy"
"""Digests of the pictures that a run was trained on, so that none is ever completed as if unseen."""


@dataclass(frozen=True)
class Material:
    """A run's data and what may be trained on."""

    dataset: Dataset
    digests: np.ndarray
    training: np.ndarray
    """Indices of the training part."""
    held: np.ndarray
    """Indices of the part kept aside."""
    space: Space


def material(run: Run, recipe: Recipe) -> Material:
    """Read a run's data and part them; notes are passed on to the reader."""
    data = dataset(run.data, size=run.size, crop=run.crop, channels=run.channels)
    for note in data.notes:
        LOG.warning("%s", note)
    marks = digests(data.x)
    aside = held_out(marks, run.holdout)
    if aside.all():
        raise BadInput(f"{run.data}: nothing is left to train on; give more data, or --holdout 0")
    training = np.flatnonzero(~aside)
    return Material(data, marks, training, np.flatnonzero(aside), space_of(recipe, data, training))


def space_of(recipe: Recipe, data: Dataset, index: np.ndarray) -> Space:
    """What nets must know that learn from the data of `index`; `BadInput` where the recipe cannot."""
    classes = len(data.classes) if recipe.domains == 1 else 0
    y = data.y[index] if classes and data.y is not None else np.empty(0, np.int64)
    counts = np.bincount(y[y >= 0], minlength=classes)
    shares = tuple((counts / counts.sum()).tolist()) if counts.any() else ()
    space = Space(data.shape, 0, classes, data.tokens, shares)
    return replace(space, latent=recipe.latent.fitted(space).size)


def trained_on(folder: Path) -> np.ndarray:
    """Digests of what the run at `folder` was trained on, uint64; `BadInput` where the file is damaged."""
    path = folder / TRAINED_ON
    try:
        found: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path}: cannot be read ({type(error).__name__}); train again") from error
    return found


def summary(found: Material) -> dict[str, Any]:
    """What a run keeps of its data in `run.json`."""
    return {
        "count": len(found.dataset),
        "training": len(found.training),
        "held_out": len(found.held),
        "classes": list(found.dataset.classes),
        "digest": sha256(found.digests.tobytes()),
    }
