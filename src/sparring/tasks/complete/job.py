"""Complete the pictures of a data set with a run, and write the results."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests
from sparring.data.sources import dataset
from sparring.engine.machine import Machine
from sparring.inverse.blend.poisson import Blend, pasted, poisson
from sparring.inverse.cache import SEARCH, BatchCache
from sparring.inverse.calibration import (
    CALIBRATED_PRESET,
    Calibration,
    Plan,
    load_calibration,
    plan_search,
)
from sparring.inverse.comparison import OURS, Comparison, compare, scores
from sparring.inverse.masks import masks
from sparring.inverse.solution import Completion
from sparring.runs.files import prepare_folder, write_json, write_picture
from sparring.runs.split import load_run_data, training_digests
from sparring.tasks.complete import alternatives as several
from sparring.tasks.complete.figure import figure
from sparring.tasks.complete.movie import write_movie
from sparring.tasks.complete.options import CompletionTask, squeeze_grey, unique_names
from sparring.tasks.complete.photos import FOLDER, complete_photos, open_photo, photos
from sparring.tasks.opening.loaded import LoadedRun, load

LOG = logging.getLogger(__name__)

RESULTS, MOVIE = "results.json", "movie.gif"
PARTS = (RESULTS, "figure.png", FOLDER, MOVIE, *several.PARTS)
NEAREST_BYTES = 2**30
"""Memory for the training pictures in the nearest-picture baseline; a larger set is subsampled evenly."""

BLENDS: dict[str, Blend] = {"poisson": poisson, "paste": pasted}
"""Blends that need no calibration."""


@dataclass(frozen=True)
class MaskedPictures:
    """The pictures of a task, with their masks."""

    pictures: np.ndarray
    missing: np.ndarray
    names: list[str]
    truth: np.ndarray | None
    unseen: bool
    """Whether none of them was trained on."""
    note: str
    """Message to the user about the choice of pictures; may be empty."""


def complete(
    run: Path, task: CompletionTask, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Complete pictures with the run at `run`; return the content of `results.json` in `task.out`.

    A picture, or a folder of pictures, keeps its size.  Data without a size of their own, and all data with
    `task.at_run_size`, are completed at the run's size, with `figure.png`, baselines and scores, but for
    those that the run was trained or calibrated on.  Known pixels are unchanged, to the byte.  An
    interrupted call resumes when it is repeated.  Raises `BadInput` before anything is written, as far as
    it can.
    """
    loaded = load(run)
    loaded.require_pictures()
    if task.keep < 0:
        raise BadInput(f"--keep {task.keep}: give 0 or more")
    if task.limit is not None and task.limit < 1:
        raise BadInput(f"--limit {task.limit}: give a whole number of at least 1")
    plan = _plan(loaded, task)
    machine, blend = loaded.machine(task.threads, task.device), _blend(task, plan)
    files = photos(loaded, task)
    if files:
        return _complete_photos(loaded, task, files, plan, blend, machine, progress)
    masked = masked_pictures(loaded, task)
    prepare_folder(task.out, task.overwrite, PARTS, SEARCH)
    if masked.note:
        LOG.info("%s", masked.note)
    training, store = _training_pictures(loaded), BatchCache(task.out / SEARCH)
    with machine.activate(loaded.trained.nets, plan.E):
        result = _compare(loaded, task, masked, plan, blend, training, store, progress)
    results = _write_results(loaded, task, masked, result, plan, machine)
    store.remove()
    return results


def _compare(
    loaded: LoadedRun,
    task: CompletionTask,
    masked: MaskedPictures,
    plan: Plan,
    blend: Blend,
    training: np.ndarray | None,
    store: BatchCache,
    progress: Callable[[int, int], None] | None,
) -> Comparison:
    return compare(
        loaded.trained.generator(),
        loaded.trained.discriminator(),
        loaded.trained.recipe.latent,
        masked.pictures,
        masked.missing,
        seed=task.seed,
        preset=plan.preset,
        blend=blend,
        E=plan.E,
        keep=task.keep,
        training=training,
        batch_cache=store,
        progress=progress,
    )


def _complete_photos(
    loaded: LoadedRun,
    task: CompletionTask,
    files: list[Path],
    plan: Plan,
    blend: Blend,
    machine: Machine,
    progress: Callable[[int, int], None] | None,
) -> dict[str, Any]:
    """Complete pictures at their own size; return the content of `results.json`."""
    open_photo(files[0], task, loaded.trained.space.shape[0])  # refused before anything is written
    prepare_folder(task.out, task.overwrite, PARTS, SEARCH)
    store = BatchCache(task.out / SEARCH, "windows of the first picture")
    with machine.activate(loaded.trained.nets, plan.E):
        entries = complete_photos(loaded, task, files, plan, blend, store, progress)
    results = {
        "run": str(loaded.folder),
        "step": loaded.trained.step,
        "pictures": len(entries),
        "files": entries,
    }
    write_json(task.out / RESULTS, results)
    store.remove()
    return results


def _plan(loaded: LoadedRun, task: CompletionTask) -> Plan:
    return plan_search(
        loaded.folder,
        loaded.trained,
        task.preset,
        steps=task.steps,
        restarts=task.restarts,
        use_encoder=task.encoder == "auto",
        precision=task.precision,
    )


def _blend(task: CompletionTask, plan: Plan) -> Blend:
    if task.blend == "measured" and plan.tuned.measured is None:
        raise BadInput(
            "--blend measured: no errors were measured; `sparring calibrate` the run, or give another"
        )
    tuned = plan.tuned
    blends: dict[str, Blend] = {"measured": tuned.error_model, "spline": tuned.spline, "auto": plan.blend}
    return {**BLENDS, **blends}[task.blend]


def masked_pictures(loaded: LoadedRun, task: CompletionTask) -> MaskedPictures:
    """Read the pictures of a task and make their masks; `BadInput` for what cannot be read or masked."""
    channels, height, width = loaded.trained.space.shape
    source = _read(loaded, task.data, channels)
    index, none_seen, note = select_unseen(loaded, source, task.data)
    index = index[: task.limit]
    pictures = source.x[index]
    names = [Path(source.names[i]).stem if len(source.names) else f"{i:06d}" for i in index]
    alpha = _read(loaded, task.data, 4).x[index][..., 3] if task.mask == "alpha" else None
    missing = masks(
        task.mask, len(index), height, width, task.seed, invert=task.invert_mask, alpha=alpha, names=names
    )
    from_files = task.mask == "alpha" or Path(task.mask).expanduser().exists()
    whole = task.truth == "given" or (task.truth == "auto" and not from_files)
    return MaskedPictures(
        pictures, missing, unique_names(names), pictures if whole else None, none_seen, note
    )


def _read(loaded: LoadedRun, spec: str, channels: int) -> Dataset:
    _, height, width = loaded.trained.space.shape
    data = dataset(spec, size=f"{height}x{width}", crop=loaded.record.run.crop, channels=channels)
    if not data.pictures:
        raise BadInput(f"{spec}: holds points; completion needs pictures")
    return data


def select_unseen(loaded: LoadedRun, source: Dataset, data: str) -> tuple[np.ndarray, bool, str]:
    """Return the indices of the pictures to take, whether none of them was trained on, and a note.

    Raises `BadInput` if all were trained or calibrated on, and the run has held-out pictures.
    """
    hashes = digests(source.x)
    seen = np.isin(hashes, training_digests(loaded.folder)) | np.isin(
        hashes, load_calibration(loaded.folder, loaded.trained)[1]
    )
    if not seen.all():
        note = (
            f"{seen.sum()} of {len(source)} pictures were trained or calibrated on and are left out"
            if seen.any()
            else ""
        )
        return np.flatnonzero(~seen), True, note
    if loaded.record.run.holdout > 0:
        raise BadInput(f"{data}: the run was trained on every one of its pictures; give others")
    note = (
        "the run has no held-out pictures (--holdout 0): these were trained on, their scores are optimistic"
    )
    return np.arange(len(source)), False, note


def _training_pictures(loaded: LoadedRun) -> np.ndarray | None:
    """Return the run's training pictures, for the nearest-picture baseline; None if they are gone."""
    try:
        data = load_run_data(loaded.record.run, loaded.trained.recipe)
    except BadInput as error:
        LOG.warning("no nearest-picture baseline: %s", error)
        return None
    index = data.training[np.isin(data.digests[data.training], training_digests(loaded.folder))]
    most = max(1, NEAREST_BYTES // math.prod(data.space.shape))
    if len(index) > most:
        LOG.info("searching the nearest picture among %d of %d training pictures", most, len(index))
        index = index[np.linspace(0, len(index) - 1, most).astype(int)]
    return data.dataset.x[index] if len(index) else None


def _write_results(
    loaded: LoadedRun,
    task: CompletionTask,
    masked: MaskedPictures,
    result: Comparison,
    plan: Plan,
    machine: Machine,
) -> dict[str, Any]:
    ours = result.filled[OURS]
    for name, picture in zip(masked.names, ours, strict=True):
        write_picture(task.out / FOLDER / f"{name}.png", squeeze_grey(picture))
    if task.movie:
        write_movie(loaded, masked.pictures, masked.missing, task.out / MOVIE, plan, seed=task.seed)
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
        "in_range": in_range(result.completion, plan.tuned) if task.preset == CALIBRATED_PRESET else None,
        "kept": ranks,
    }
    write_json(task.out / RESULTS, results)
    return results


def in_range(completion: Completion, tuned: Calibration) -> dict[str, Any]:
    """Return whether the generator can make each picture, as far as its known pixels tell, and the limits."""
    usual, limit = tuned.usual(completion), tuned.residual
    if not usual.all():
        outside = f"{int((~usual).sum())} of {len(usual)} pictures"
        LOG.warning("%s are further from this generator's pictures than 95 of 100 held-out ones", outside)
    known = {"residual": limit, "length": tuned.length} if math.isfinite(limit) else None
    return {"limits": known, "usual": usual.tolist() if known else None}


def _write_ranked(
    task: CompletionTask, masked: MaskedPictures, result: Comparison, plan: Plan
) -> list[list[dict[str, Any]]]:
    """Write the distinct completions of each picture; return their files and losses."""
    blend = _blend(task, plan)
    completions = several.rank_completions(
        result, masked.pictures, masked.missing, blend, plan.tuned.spread, task.keep
    )
    beside = {"damaged": masked.pictures} | ({} if masked.truth is None else {"true": masked.truth})
    return several.write_alternatives(task.out, masked.names, completions, beside, masked.missing)
