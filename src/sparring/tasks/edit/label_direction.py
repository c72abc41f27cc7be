"""The latent direction of one of a run's own labels, from a classifier of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.core.pixels import to_uint8
from sparring.data.dataset import Dataset
from sparring.metrics.classifier import Classifier
from sparring.plots import style
from sparring.runs.files import prepare_folder, write_json, write_npz
from sparring.runs.split import RunData
from sparring.tasks.edit.direction import (
    MIN_SAMPLES,
    LatentDirection,
    direction_figure,
    fit_direction,
    label_samples,
)
from sparring.tasks.edit.grid import load_editable
from sparring.tasks.evaluate.classifier import run_classifier
from sparring.tasks.opening.loaded import LoadedRun
from sparring.tasks.opening.results import run_header

MARK, FIGURE, ARRAY = "direction.json", "direction.png", "direction.npz"

AMOUNTS = np.arange(-3, 4)
"""Amounts by which samples are moved, in standard deviations."""

MOVED_SAMPLES = 200
"""Fresh samples that are moved, to count how many then have the label."""


@dataclass(frozen=True)
class DirectionTask:
    """Options: the label, the samples and the output folder."""

    label: str
    """A class of the run's data, as named by `sparring data`."""
    out: Path
    """Folder to write."""
    n: int = 2000
    """Samples to label."""
    rows: int = 5
    """Samples to draw in the figure."""
    seed: int = 0
    """Seed of the samples."""
    overwrite: bool = False
    """Replace the files of an earlier call in `out`."""


def find_direction(run: Path, task: DirectionTask) -> dict[str, Any]:
    """Find the direction of a label in the run at `run`; return the content of `direction.json`.

    Samples are labelled by a classifier trained on the run's labelled data and stored in the run.  The
    entries are "run", "step", "label", "samples", "with_label" and "held_out" (counts), "auc", "auc_low" and
    "auc_high" (95 % interval) on held-out samples, "classifier_accuracy" on held-out data (None without any),
    "moved_by" (-3 to 3 standard deviations) and "then_with_label" (share with the label of 200 fresh samples
    after each move).  Also writes `direction.png` and `direction.npz`: the unit vector `unit` and the
    standard deviation `scale` along it.  Raises `BadInput` before anything but the classifier is written.
    """
    if not 2 * MIN_SAMPLES <= task.n <= 100_000:
        raise BadInput(f"--n {task.n}: give {2 * MIN_SAMPLES} to 100,000")
    if not 1 <= task.rows <= 20:
        raise BadInput(f"--rows {task.rows}: give 1 to 20")
    loaded = load_editable(run, task.seed)
    data = loaded.run_data()
    label = _label(data.dataset, task.label)
    judge = run_classifier(loaded.folder, data.dataset, data.training, data.digests)
    result = _fit(loaded, judge, label, task)
    prepare_folder(task.out, task.overwrite, (MARK, FIGURE, ARRAY))
    pictures, shares = _move_samples(loaded, result, judge, label, task)
    results = run_header(loaded) | {
        "label": task.label,
        "samples": task.n,
        "with_label": result.with_label,
        "held_out": result.held_out,
        "auc": round(result.auc, 4),
        "auc_low": round(result.interval[0], 4),
        "auc_high": round(result.interval[1], 4),
        "classifier_accuracy": _accuracy(judge, data),
        "moved_by": AMOUNTS.tolist(),
        "then_with_label": [round(float(share), 4) for share in shares],
    }
    write_json(task.out / MARK, results)
    write_npz(task.out / ARRAY, {"unit": result.unit.numpy(), "scale": np.array(result.scale)})
    style.write(direction_figure(pictures, AMOUNTS, shares, task.label), task.out / FIGURE)
    return results


def _fit(loaded: LoadedRun, judge: Classifier, label: int, task: DirectionTask) -> LatentDirection:
    """Fit the direction to samples that the classifier has labelled."""
    z = loaded.trained.recipe.latent.sample(task.n, torch.Generator().manual_seed(task.seed))
    has_label = label_samples(loaded.trained.generator(), z, judge.predict) == label
    if min(has_label.sum(), (~has_label).sum()) < MIN_SAMPLES:
        raise BadInput(
            f"--label {task.label}: {has_label.sum()} of {task.n} samples have it; a direction needs "
            f"at least {MIN_SAMPLES} with it and {MIN_SAMPLES} without: give a larger --n or another label"
        )
    return fit_direction(z, has_label, seed=task.seed)


def _label(data: Dataset, name: str) -> int:
    """Return the index of the class called `name`."""
    if data.y is None or len(data.classes) < 2:
        raise BadInput(f"--label {name}: {data.spec} has no labels of two classes; a direction needs them")
    if name not in data.classes:
        raise BadInput(f"--label {name}: no such class in {data.spec}; there are {_listed(data.classes)}")
    return list(data.classes).index(name)


def _listed(classes: Sequence[str], most: int = 20) -> str:
    text = ", ".join(classes[:most])
    return text if len(classes) <= most else f"{text} and {len(classes) - most} more"


@torch.no_grad()
def _move_samples(
    loaded: LoadedRun, axis: LatentDirection, judge: Classifier, label: int, task: DirectionTask
) -> tuple[np.ndarray, np.ndarray]:
    """Move fresh samples by each amount; pictures, uint8 (rows, k, ...), and shares with the label, (k,)."""
    generator, latent = loaded.trained.generator(), loaded.trained.recipe.latent
    fresh = latent.sample(MOVED_SAMPLES, torch.Generator().manual_seed((task.seed + 1) % 2**32))
    latents = axis.move(latent, fresh, AMOUNTS)
    shares = [(label_samples(generator, z, judge.predict) == label).mean() for z in latents.unbind(1)]
    pictures = to_uint8(generator(latents[: task.rows].flatten(0, 1)))
    return pictures.reshape(task.rows, len(AMOUNTS), *pictures.shape[1:]), np.array(shares)


def _accuracy(judge: Classifier, data: RunData) -> float | None:
    """Return the classifier's accuracy on held-out labelled data; None if there are none."""
    y = data.dataset.y
    assert y is not None  # checked by `_label`
    index = data.held[y[data.held] >= 0][:5000]
    return round(judge.accuracy(data.dataset.x[index], y[index]), 4) if len(index) else None
