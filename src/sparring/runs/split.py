"""A run's data, split into a training part and a held-out part."""

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
from sparring.data.holdout import digests, holdout_mask
from sparring.data.needs import splits_classes, supply
from sparring.data.sources import dataset
from sparring.runs.files import sha256

LOG = logging.getLogger(__name__)

TRAINED_ON = "trained_on.npy"
"""File with digests of a run's training data, so that none of them is used as held-out data later."""


@dataclass(frozen=True)
class RunData:
    """A run's data and its split."""

    dataset: Dataset
    digests: np.ndarray
    """Hash of each datum's content, uint64 (n,), see `data.holdout.digests`."""
    training: np.ndarray
    """Indices of the training part."""
    held: np.ndarray
    """Indices of the held-out part."""
    space: Space


def load_run_data(run: Run, recipe: Recipe) -> RunData:
    """Read a run's data and split them into a training and a held-out part.

    `run.holdout` is the share that is held out, chosen by content.  Notes about the data are logged as
    warnings.  Raises `BadInput` if the data cannot be read, if no datum is left to train on, or if the recipe
    cannot use them.
    """
    data = dataset(run.data, size=run.size, crop=run.crop, channels=run.channels)
    for note in data.notes:
        LOG.warning("%s", note)
    hashes = digests(data.x)
    mask = holdout_mask(hashes, run.holdout)
    if mask.all():
        raise BadInput(f"{run.data}: nothing is left to train on; give more data, or --holdout 0")
    training = np.flatnonzero(~mask)
    for note in supply(data, training, recipe.needs).notes:
        LOG.warning("%s", note)
    return RunData(data, hashes, training, np.flatnonzero(mask), space_of(recipe, data, training))


def space_of(recipe: Recipe, data: Dataset, index: np.ndarray) -> Space:
    """Return the space for which nets are built: shape, latent size, classes, tokens, columns.

    The shares of the classes are those among the labelled rows `index` (integers), the training part.  There
    are no classes where they are the two sets of an unpaired need.  Raises `BadInput` if the recipe's latent
    does not fit the data, or the data lack what it needs.
    """
    kinds = supply(data, index, recipe.needs).kinds
    classes = 0 if splits_classes(data, recipe.needs) else len(data.classes)
    y = data.y[index] if classes and data.y is not None else np.empty(0, np.int64)
    counts = np.bincount(y[y >= 0], minlength=classes)
    shares = tuple((counts / counts.sum()).tolist()) if counts.any() else ()
    space = Space(data.shape, 0, classes, data.tokens, shares, kinds)
    return replace(space, latent=recipe.latent.fit_to(space).size)


def training_digests(folder: Path) -> np.ndarray:
    """Return the digests of a run's training data (`data.holdout.digests`), uint64 (n,).

    Raises `BadInput` if the file is missing or damaged.
    """
    path = folder / TRAINED_ON
    try:
        stored: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path}: cannot be read ({type(error).__name__}); train again") from error
    return stored


def summary(data: RunData) -> dict[str, Any]:
    """Return the summary of a run's data for `run.json`.

    Entries: "count" of all data, of the "training" part and of the "held_out" part, the names of the
    "classes", and "digest", the hexadecimal SHA-256 of the digests of all data in their order, and of those
    of the columns that the recipe needs.
    """
    columns = [
        data.dataset.columns[role].values for role in data.space.columns if role in data.dataset.columns
    ]
    hashes = [data.digests, *(digests(values) for values in columns)]
    return {
        "count": len(data.dataset),
        "training": len(data.training),
        "held_out": len(data.held),
        "classes": list(data.dataset.classes),
        "digest": sha256(b"".join(part.tobytes() for part in hashes)),
    }
