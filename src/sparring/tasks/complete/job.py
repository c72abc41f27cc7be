"""Complete the pictures of a set with a run, and write what came of it."""

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
"""Memory for the training pictures among which the nearest is sought; of more, as many are taken evenly."""

BLENDS: dict[str, Blend] = {"poisson": poisson, "paste": pasted}
"""Beside what a run's calibration says."""

PRESET = Literal["default", "fast", "amortised", "faithful", "yeh2017", "bamos", "csgm", "igan"]


@dataclass(frozen=True)
class Task:
    """What to complete, how, and where to."""

    data: str
    """Pictures to complete, as for `sparring train --data`."""
    mask: str
    """What is missing: centre, half, left, pattern:0.25, random:0.8, FILE.png, FOLDER of masks, alpha."""
    out: Path
    """Folder to write."""
    limit: int | None = None
    """At most so many pictures; None: all."""
    seed: int = 0
    """Seed of masks and starting points."""
    preset: PRESET = "default"
    """Which search: ours, or one as published."""
    restarts: int | None = None
    """Searches a picture; None: the preset's."""
    steps: int | None = None
    """Steps of a search; None: the preset's."""
    blend: Literal["auto", "measured", "spline", "poisson", "paste"] = "auto"
    """How the found pixels are put in: by the errors that calibration measured, by a spline, by their
    gradients, or as they are; auto: what calibration found best, and poisson for published searches."""
    keep: int = 0
    """So many distinct completions of each picture are written too, ranked, with a map of their spread."""
    movie: bool = False
    """Also write movie.gif, the search for the first few pictures."""
    encoder: Literal["auto", "off"] = "auto"
    """Whether the default search begins where the run's encoder says, if it has one (`sparring encode`)."""
    precision: Precision = "auto"
    """In which the nets compute while searching; auto: fp32, or bf16 where calibration found it faster and as
    good.  Answers are made in fp32."""
    invert_mask: bool = False
    """White marks what is known, not what is missing."""
    truth: Literal["auto", "given", "none"] = "auto"
    """Whether the pictures are whole and may be scored against; auto: unless the mask is alpha or a file."""
    device: Device = "auto"
    """Where to search; auto: on a GPU where there is one."""
    threads: int | None = None
    """CPU threads; None: those of the run."""
    overwrite: bool = False
    """Replace what an earlier call wrote at `out`."""


@dataclass(frozen=True)
class Damaged:
    """The pictures of a task, with their holes."""

    pictures: np.ndarray
    missing: np.ndarray
    names: list[str]
    truth: np.ndarray | None
    unseen: bool
    """Whether the run was trained on none of them."""
    note: str
    """What a person should know of the choice of pictures; may be empty."""


def complete(run: Path, task: Task, *, progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Complete pictures with the run at `run`; what is also written to `results.json` in `task.out`.

    Beside that: the completed pictures as PNG, and `figure.png`.  Pictures that the run was trained on are
    left out.  Called again after it was stopped, it goes on.  Raises `BadInput` before anything is written.
    """
    held = load(run)
    held.require_pictures()
    if task.keep < 0:
        raise BadInput(f"--keep {task.keep}: give 0 or more")
    plan = _plan(held, task)
    machine = held.machine(task.threads, task.device)
    blend, given = _blend(task, plan), damaged(held, task)
    claim(task.out, task.overwrite, PARTS, SEARCH)
    if given.note:
        LOG.info("%s", given.note)
    training, kept = _training_pictures(held), Store(task.out / SEARCH)
    with machine.in_force(held.trained.nets, plan.E):
        found = trial(
            held.trained.generator(),
            held.trained.critic(),
            held.trained.recipe.latent,
            given.pictures,
            given.missing,
            seed=task.seed,
            preset=plan.preset,
            blend=blend,
            E=plan.E,
            keep=task.keep,
            training=training,
            kept=kept,
            progress=progress,
        )
    results = _written(held, task, given, found, plan, machine)
    kept.remove()
    return results


def _plan(held: Loaded, task: Task) -> Plan:
    return planned(
        held.folder,
        held.trained,
        task.preset,
        steps=task.steps,
        restarts=task.restarts,
        encoded=task.encoder == "auto",
        precision=task.precision,
    )


def _blend(task: Task, plan: Plan) -> Blend:
    if task.blend == "measured" and plan.tuned.measured is None:
        raise BadInput("--blend measured: nothing was; `sparring calibrate` the run, or give another")
    tuned = plan.tuned
    blends: dict[str, Blend] = {"measured": tuned.errors, "spline": tuned.spline, "auto": plan.blend}
    return {**BLENDS, **blends}[task.blend]


def damaged(held: Loaded, task: Task) -> Damaged:
    """What a task is about; `BadInput` for what cannot be read or masked."""
    if task.limit is not None and task.limit < 1:
        raise BadInput(f"--limit {task.limit}: give a whole number of at least 1")
    channels, height, width = held.trained.space.shape
    found = _read(held, task.data, channels)
    index, fresh, note = unseen(held, found, task.data)
    index = index[: task.limit]
    pictures = found.x[index]
    names = [Path(found.names[i]).stem if len(found.names) else f"{i:06d}" for i in index]
    alpha = _read(held, task.data, 4).x[index][..., 3] if task.mask == "alpha" else None
    missing = masks(
        task.mask, len(index), height, width, task.seed, invert=task.invert_mask, alpha=alpha, names=names
    )
    from_files = task.mask == "alpha" or Path(task.mask).expanduser().exists()
    whole = task.truth == "given" or (task.truth == "auto" and not from_files)
    return Damaged(pictures, missing, distinct(names), pictures if whole else None, fresh, note)


def _read(held: Loaded, spec: str, channels: int) -> Dataset:
    _, height, width = held.trained.space.shape
    found = dataset(spec, size=f"{height}x{width}", crop=held.record.run.crop, channels=channels)
    if not found.pictures:
        raise BadInput(f"{spec}: holds points; completion needs pictures")
    return found


def unseen(held: Loaded, found: Dataset, data: str) -> tuple[np.ndarray, bool, str]:
    """Indices of the pictures to take, whether the run was trained on none of them, and a note."""
    marks = digests(found.x)
    seen = np.isin(marks, trained_on(held.folder)) | np.isin(marks, tuning(held.folder, held.trained)[1])
    if not seen.all():
        note = (
            f"{seen.sum()} of {len(found)} pictures were trained or calibrated on and are left out"
            if seen.any()
            else ""
        )
        return np.flatnonzero(~seen), True, note
    if held.record.run.holdout > 0:
        raise BadInput(f"{data}: the run was trained on every one of its pictures; give others")
    note = "the run kept no pictures aside (--holdout 0): these were trained on, their scores flatter"
    return np.arange(len(found)), False, note


def _training_pictures(held: Loaded) -> np.ndarray | None:
    """The training part of the run's own data, for the nearest-picture baseline, if it is still there."""
    try:
        found = material(held.record.run, held.trained.recipe)
    except BadInput as error:
        LOG.warning("no nearest-picture baseline: %s", error)
        return None
    index = found.training[np.isin(found.digests[found.training], trained_on(held.folder))]
    most = max(1, NEAREST_BYTES // math.prod(found.space.shape))
    if len(index) > most:
        LOG.info("the nearest picture is sought among %d of %d training pictures", most, len(index))
        index = index[np.linspace(0, len(index) - 1, most).astype(int)]
    return found.dataset.x[index] if len(index) else None


def distinct(names: list[str]) -> list[str]:
    """Names for files: those that occur twice get their place in front."""
    count = Counter(names)
    return [name if count[name] == 1 else f"{i:06d}-{name}" for i, name in enumerate(names)]


def _written(
    held: Loaded,
    task: Task,
    damaged: Damaged,
    found: Trial,
    plan: Plan,
    machine: Machine,
) -> dict[str, Any]:
    ours = found.filled[OURS]
    for name, picture in zip(damaged.names, ours, strict=True):
        write_picture(task.out / "completed" / f"{name}.png", plain(picture))
    if task.movie:
        film(held, damaged.pictures, damaged.missing, task.out / MOVIE, plan, seed=task.seed)
    ranks = _ranked(task, damaged, found, plan) if task.keep else []
    write_picture(task.out / "figure.png", figure(found, damaged.pictures, damaged.missing, damaged.truth))
    results = {
        "run": str(held.folder),
        "recipe": held.record.recipe,
        "step": held.trained.step,
        "task": {**asdict(task), "out": str(task.out)},
        "preset": task.preset,
        "steps": plan.preset.steps,
        "restarts": plan.preset.restarts,
        "bf16": plan.preset.bf16,
        "seed": task.seed,
        "device": machine.device,
        "threads": machine.threads,
        "pictures": len(ours),
        "names": damaged.names,
        "unseen": damaged.unseen,
        "missing_share": float(damaged.missing.mean()),
        "methods": scores(found, damaged.missing, damaged.truth),
        "in_range": in_range(found.completion, plan.tuned) if task.preset == CALIBRATED else None,
        "kept": ranks,
    }
    write_json(task.out / RESULTS, results)
    return results


def in_range(found: Completion, tuned: Calibration) -> dict[str, Any]:
    """Whether each picture is one that the generator can make, as far as its known pixels tell."""
    usual, limit = tuned.usual(found), tuned.residual
    if not usual.all():
        many = f"{int((~usual).sum())} of {len(usual)} pictures"
        LOG.warning("%s are further from what this generator makes than 95 of 100 held-out ones are", many)
    known = {"residual": limit, "length": tuned.length} if math.isfinite(limit) else None
    return {"limits": known, "usual": usual.tolist() if known else None}


def _ranked(task: Task, damaged: Damaged, found: Trial, plan: Plan) -> list[list[dict[str, Any]]]:
    """Write the distinct answers to each picture; their files and losses."""
    blend = _blend(task, plan)
    answers = several.answers(found, damaged.pictures, damaged.missing, blend, plan.tuned.spread, task.keep)
    beside = {"damaged": damaged.pictures} | ({} if damaged.truth is None else {"true": damaged.truth})
    return several.written(task.out, damaged.names, answers, beside, damaged.missing)


def plain(picture: np.ndarray) -> np.ndarray:
    """As Pillow wants it: grey without an axis for channels."""
    return picture[..., 0] if picture.shape[-1] == 1 else picture
