"""The direction of one of a run's own labels, by the classifier of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset
from sparring.data.pixels import to_uint8
from sparring.metrics.classifier import Judge
from sparring.plots import style
from sparring.runs.files import claim, write_json, write_npz
from sparring.runs.split import Material, material
from sparring.tasks.edit.direction import FEWEST, Direction, direction, direction_figure, labelled
from sparring.tasks.edit.grid import editable
from sparring.tasks.evaluate.classifier import judge_of
from sparring.tasks.opening.loaded import Loaded

MARK, FIGURE, ARRAY = "direction.json", "direction.png", "direction.npz"

AMOUNTS = np.arange(-3, 4)
"""Standard deviations that samples are moved by."""

MOVED = 200
"""Fresh samples that are moved, to see how many then bear the label."""


@dataclass(frozen=True)
class Towards:
    """Which label, from how many samples, and where to."""

    label: str
    """A class of the run's data, as `sparring data` names them."""
    out: Path
    """Folder to write."""
    n: int = 2000
    """Samples that are labelled."""
    rows: int = 5
    """Samples that are shown."""
    seed: int = 0
    """Seed of the samples."""
    overwrite: bool = False
    """Replace what an earlier call wrote at `out`."""


def towards(run: Path, task: Towards) -> dict[str, Any]:
    """Find the direction of a label in the run at `run`; what is also written to `direction.json`.

    Beside that: `direction.png`, samples moved along it, and `direction.npz`, its unit vector `unit` and the
    standard deviation `scale`.  What a sample shows is the word of a classifier taught on the run's labelled
    data, whose own accuracy on data kept aside is told; it is kept in the run.  Raises `BadInput` before
    anything else is written.
    """
    if not 2 * FEWEST <= task.n <= 100_000:
        raise BadInput(f"--n {task.n}: give {2 * FEWEST} to 100,000")
    if not 1 <= task.rows <= 20:
        raise BadInput(f"--rows {task.rows}: give 1 to 20")
    held = editable(run, task.seed)
    home = material(held.record.run, held.trained.recipe)
    label = _label(home.dataset, task.label)
    judge = judge_of(held.folder, home.dataset, home.training, home.digests)
    found = _fitted(held, judge, label, task)
    claim(task.out, task.overwrite, (MARK, FIGURE, ARRAY))
    pictures, shares = _moved(held, found, judge, label, task)
    results = {
        "run": str(run),
        "step": held.trained.step,
        "label": task.label,
        "samples": task.n,
        "with_label": found.labelled,
        "held_out": found.aside,
        "auc": round(found.auc, 4),
        "auc_low": round(found.interval[0], 4),
        "auc_high": round(found.interval[1], 4),
        "classifier_accuracy": _accuracy(judge, home),
        "moved_by": AMOUNTS.tolist(),
        "then_with_label": [round(float(share), 4) for share in shares],
    }
    write_json(task.out / MARK, results)
    write_npz(task.out / ARRAY, {"unit": found.unit.numpy(), "scale": np.array(found.scale)})
    style.write(direction_figure(pictures, AMOUNTS, shares, task.label), task.out / FIGURE)
    return results


def _fitted(held: Loaded, judge: Judge, label: int, task: Towards) -> Direction:
    """The direction by the classifier's word on so many samples."""
    z = held.trained.recipe.latent.sample(task.n, torch.Generator().manual_seed(task.seed))
    bears = labelled(held.trained.generator(), z, judge.predict) == label
    if min(bears.sum(), (~bears).sum()) < FEWEST:
        raise BadInput(
            f"--label {task.label}: {bears.sum()} of {task.n} samples bear it; a direction needs at least "
            f"{FEWEST} that do and {FEWEST} that do not: give a larger --n or another label"
        )
    return direction(z, bears, seed=task.seed)


def _label(data: Dataset, name: str) -> int:
    """The number of the class called `name`."""
    if data.y is None or len(data.classes) < 2:
        raise BadInput(f"--label {name}: {data.spec} has no labels of two classes; a direction needs them")
    if name not in data.classes:
        raise BadInput(f"--label {name}: no such class in {data.spec}; there are {_listed(data.classes)}")
    return list(data.classes).index(name)


def _listed(classes: Sequence[str], most: int = 20) -> str:
    shown = ", ".join(classes[:most])
    return shown if len(classes) <= most else f"{shown} and {len(classes) - most} more"


@torch.no_grad()
def _moved(
    held: Loaded, found: Direction, judge: Judge, label: int, task: Towards
) -> tuple[np.ndarray, np.ndarray]:
    """Fresh samples moved by each amount, uint8 (rows, k, ...), and the share of 200 that bear it then."""
    generator, latent = held.trained.generator(), held.trained.recipe.latent
    fresh = latent.sample(MOVED, torch.Generator().manual_seed((task.seed + 1) % 2**32))
    moved = found.moved(latent, fresh, AMOUNTS)
    shares = [(labelled(generator, z, judge.predict) == label).mean() for z in moved.unbind(1)]
    shown = to_uint8(generator(moved[: task.rows].flatten(0, 1)))
    return shown.reshape(task.rows, len(AMOUNTS), *shown.shape[1:]), np.array(shares)


def _accuracy(judge: Judge, home: Material) -> float | None:
    """Share of the labelled data kept aside that the classifier names rightly; None where there are none."""
    y = home.dataset.y
    assert y is not None  # `_label` saw to it
    index = home.held[y[home.held] >= 0][:5000]
    return round(judge.accuracy(home.dataset.x[index], y[index]), 4) if len(index) else None
