"""Complete the pictures of a data set with a run, and write the results."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.run import Device
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests
from sparring.data.sources import dataset
from sparring.engine.machine import Machine
from sparring.inverse.blend.poisson import Blend, pasted, poisson
from sparring.inverse.cache import SEARCH, Store
from sparring.inverse.calibration import CALIBRATED, Calibration, Plan, Precision, planned, tuning
from sparring.inverse.comparison import OURS, Trial, scores, trial
from sparring.inverse.masks import masks
from sparring.inverse.solution import Completion
from sparring.runs.files import claim, write_json, write_picture
from sparring.runs.split import material, trained_on
from sparring.tasks.complete import alternatives as several
from sparring.tasks.complete.figure import figure
from sparring.tasks.complete.movie import film
from sparring.tasks.opening.loaded import Loaded, load

LOG = logging.getLogger(__name__)

RESULTS, MOVIE = "results.json", "movie.gif"
PARTS = (RESULTS, "figure.png", "completed", MOVIE, *several.PARTS)
NEAREST_BYTES = 2**30
"""Memory for the training pictures in the nearest-picture baseline; a larger set is subsampled evenly."""

BLENDS: dict[str, Blend] = {"poisson": poisson, "paste": pasted}
"""Blends that need no calibration."""

PRESET = Literal["default", "fast", "amortised", "faithful", "yeh2017", "bamos", "csgm", "igan"]


@dataclass(frozen=True)
class Task:
    """Options of completion: the pictures, their masks, the search and the output folder."""

    data: str
    """Pictures to complete, as for `sparring train --data`."""
    mask: str
    """Missing pixels: centre, half, left, pattern:0.25, random:0.8, FILE.png, FOLDER of masks, alpha."""
    out: Path
    """Folder to write."""
    limit: int | None = None
    """Maximum number of pictures; None: all."""
    seed: int = 0
    """Seed of masks and starting points."""
    preset: PRESET = "default"
    """Preset of the search: default, fast, amortised and faithful are ours, the others are as published."""
    restarts: int | None = None
    """Restarts per picture; None: those of the preset."""
    steps: int | None = None
    """Steps of a search; None: those of the preset."""
    blend: Literal["auto", "measured", "spline", "poisson", "paste"] = "auto"
    """How generated pixels are inserted: measured (by the errors found in calibration), spline, poisson (by
    their gradients) or paste (unchanged); auto: the best in calibration; poisson for published searches."""
    keep: int = 0
    """Distinct completions of each picture to write as well, ranked by loss, with a map of their spread."""
    movie: bool = False
    """Also write movie.gif, which shows the search for the first few pictures."""
    encoder: Literal["auto", "off"] = "auto"
    """auto: start the default search from the run's encoder (`sparring encode`), if any; off: do not."""
    precision: Precision = "auto"
    """Precision of the nets during the search; auto: bf16 where calibration found it faster and as good, else
    fp32.  The final pictures are made in fp32."""
    invert_mask: bool = False
    """White marks known pixels instead of missing ones."""
    truth: Literal["auto", "given", "none"] = "auto"
    """Whether the pictures are undamaged, so that completions are scored against them; auto: unless the mask
    is alpha or a file."""
    device: Device = "auto"
    """Device of the search; auto: a GPU if there is one."""
    threads: int | None = None
    """CPU threads; None: as many as in training."""
    overwrite: bool = False
    """Replace the files of an earlier call in `out`."""


@dataclass(frozen=True)
class Damaged:
    """The pictures of a task, with their masks."""

    pictures: np.ndarray
    missing: np.ndarray
    names: list[str]
    truth: np.ndarray | None
    unseen: bool
    """Whether none of them was trained on."""
    note: str
    """Message to the user about the choice of pictures; may be empty."""


def complete(run: Path, task: Task, *, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Complete pictures with the run at `run`; return the content of `results.json` in `task.out`.

    Also writes the completed pictures as PNG, and `figure.png`.  Pictures that the run was trained or
    calibrated on are left out.  An interrupted call resumes when it is repeated.  Raises `BadInput` before
    anything is written.
    """
    loaded = load(run)
    loaded.require_pictures()
    if task.keep < 0:
        raise BadInput(f"--keep {task.keep}: give 0 or more")
    plan = _plan(loaded, task)
    machine = loaded.machine(task.threads, task.device)
    blend, masked = _blend(task, plan), damaged(loaded, task)
    claim(task.out, task.overwrite, PARTS, SEARCH)
    if masked.note:
        LOG.info("%s", masked.note)
    training, store = _training_pictures(loaded), Store(task.out / SEARCH)
    with machine.in_force(loaded.trained.nets, plan.E):
        result = trial(
            loaded.trained.generator(),
            loaded.trained.critic(),
            loaded.trained.recipe.latent,
            masked.pictures,
            masked.missing,
            seed=task.seed,
            preset=plan.preset,
            blend=blend,
            E=plan.E,
            keep=task.keep,
            training=training,
            kept=store,
            progress=progress,
        )
    results = _write_results(loaded, task, masked, result, plan, machine)
    store.remove()
    return results


def _plan(loaded: Loaded, task: Task) -> Plan:
    return planned(
        loaded.folder,
        loaded.trained,
        task.preset,
        steps=task.steps,
        restarts=task.restarts,
        encoded=task.encoder == "auto",
        precision=task.precision,
    )


def _blend(task: Task, plan: Plan) -> Blend:
    if task.blend == "measured" and plan.tuned.measured is None:
        raise BadInput(
            "--blend measured: no errors were measured; `sparring calibrate` the run, or give another"
        )
    tuned = plan.tuned
    blends: dict[str, Blend] = {"measured": tuned.errors, "spline": tuned.spline, "auto": plan.blend}
    return {**BLENDS, **blends}[task.blend]


def damaged(held: Loaded, task: Task) -> Damaged:
    """Read the pictures of a task and make their masks; `BadInput` for what cannot be read or masked."""
    if task.limit is not None and task.limit < 1:
        raise BadInput(f"--limit {task.limit}: give a whole number of at least 1")
    channels, height, width = held.trained.space.shape
    source = _read(held, task.data, channels)
    index, none_seen, note = unseen(held, source, task.data)
    index = index[: task.limit]
    pictures = source.x[index]
    names = [Path(source.names[i]).stem if len(source.names) else f"{i:06d}" for i in index]
    alpha = _read(held, task.data, 4).x[index][..., 3] if task.mask == "alpha" else None
    missing = masks(
        task.mask, len(index), height, width, task.seed, invert=task.invert_mask, alpha=alpha, names=names
    )
    from_files = task.mask == "alpha" or Path(task.mask).expanduser().exists()
    whole = task.truth == "given" or (task.truth == "auto" and not from_files)
    return Damaged(pictures, missing, distinct(names), pictures if whole else None, none_seen, note)


def _read(loaded: Loaded, spec: str, channels: int) -> Dataset:
    _, height, width = loaded.trained.space.shape
    data = dataset(spec, size=f"{height}x{width}", crop=loaded.record.run.crop, channels=channels)
    if not data.pictures:
        raise BadInput(f"{spec}: holds points; completion needs pictures")
    return data


def unseen(held: Loaded, found: Dataset, data: str) -> tuple[np.ndarray, bool, str]:
    """Return the indices of the pictures to take, whether none of them was trained on, and a note.

    Raises `BadInput` if all were trained or calibrated on, and the run has held-out pictures.
    """
    hashes = digests(found.x)
    seen = np.isin(hashes, trained_on(held.folder)) | np.isin(hashes, tuning(held.folder, held.trained)[1])
    if not seen.all():
        note = (
            f"{seen.sum()} of {len(found)} pictures were trained or calibrated on and are left out"
            if seen.any()
            else ""
        )
        return np.flatnonzero(~seen), True, note
    if held.record.run.holdout > 0:
        raise BadInput(f"{data}: the run was trained on every one of its pictures; give others")
    note = (
        "the run has no held-out pictures (--holdout 0): these were trained on, their scores are optimistic"
    )
    return np.arange(len(found)), False, note


def _training_pictures(loaded: Loaded) -> np.ndarray | None:
    """Return the run's training pictures, for the nearest-picture baseline; None if they are gone."""
    try:
        data = material(loaded.record.run, loaded.trained.recipe)
    except BadInput as error:
        LOG.warning("no nearest-picture baseline: %s", error)
        return None
    index = data.training[np.isin(data.digests[data.training], trained_on(loaded.folder))]
    most = max(1, NEAREST_BYTES // math.prod(data.space.shape))
    if len(index) > most:
        LOG.info("searching the nearest picture among %d of %d training pictures", most, len(index))
        index = index[np.linspace(0, len(index) - 1, most).astype(int)]
    return data.dataset.x[index] if len(index) else None


def distinct(names: list[str]) -> list[str]:
    """Return unique file names: names that occur twice get their index as a prefix."""
    count = Counter(names)
    return [name if count[name] == 1 else f"{i:06d}-{name}" for i, name in enumerate(names)]


def _write_results(
    loaded: Loaded,
    task: Task,
    masked: Damaged,
    result: Trial,
    plan: Plan,
    machine: Machine,
) -> dict[str, Any]:
    ours = result.filled[OURS]
    for name, picture in zip(masked.names, ours, strict=True):
        write_picture(task.out / "completed" / f"{name}.png", plain(picture))
    if task.movie:
        film(loaded, masked.pictures, masked.missing, task.out / MOVIE, plan, seed=task.seed)
    ranks = _write_ranked(task, masked, result, plan) if task.keep else []
    write_picture(task.out / "figure.png", figure(result, masked.pictures, masked.missing, masked.truth))
    results = {
        "run": str(loaded.folder),
        "recipe": loaded.record.recipe,
        "step": loaded.trained.step,
        "task": {**asdict(task), "out": str(task.out)},
        "preset": task.preset,
        "steps": plan.preset.steps,
        "restarts": plan.preset.restarts,
        "bf16": plan.preset.bf16,
        "seed": task.seed,
        "device": machine.device,
        "threads": machine.threads,
        "pictures": len(ours),
        "names": masked.names,
        "unseen": masked.unseen,
        "missing_share": float(masked.missing.mean()),
        "methods": scores(result, masked.missing, masked.truth),
        "in_range": in_range(result.completion, plan.tuned) if task.preset == CALIBRATED else None,
        "kept": ranks,
    }
    write_json(task.out / RESULTS, results)
    return results


def in_range(found: Completion, tuned: Calibration) -> dict[str, Any]:
    """Return whether the generator can make each picture, as far as its known pixels tell, and the limits."""
    usual, limit = tuned.usual(found), tuned.residual
    if not usual.all():
        outside = f"{int((~usual).sum())} of {len(usual)} pictures"
        LOG.warning("%s are further from this generator's pictures than 95 of 100 held-out ones", outside)
    known = {"residual": limit, "length": tuned.length} if math.isfinite(limit) else None
    return {"limits": known, "usual": usual.tolist() if known else None}


def _write_ranked(task: Task, masked: Damaged, result: Trial, plan: Plan) -> list[list[dict[str, Any]]]:
    """Write the distinct completions of each picture; return their files and losses."""
    blend = _blend(task, plan)
    completions = several.answers(
        result, masked.pictures, masked.missing, blend, plan.tuned.spread, task.keep
    )
    beside = {"damaged": masked.pictures} | ({} if masked.truth is None else {"true": masked.truth})
    return several.written(task.out, masked.names, completions, beside, masked.missing)


def plain(picture: np.ndarray) -> np.ndarray:
    """Return a grey picture without its channel axis, as Pillow expects; others unchanged."""
    return picture[..., 0] if picture.shape[-1] == 1 else picture
