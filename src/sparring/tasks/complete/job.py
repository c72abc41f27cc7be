"""Complete the pictures of a data set with a run, and write the results."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sparring.core.errors import BadInput, require_at_least
from sparring.engine.machine import Machine
from sparring.inverse.blend.poisson import Blend, pasted, poisson
from sparring.inverse.calibration import CALIBRATED_PRESET, Calibration, Plan, plan_search
from sparring.inverse.comparison import OURS, Comparison, compare, scores
from sparring.inverse.masks import masks
from sparring.inverse.solution import Completion
from sparring.runs.files import write_json, write_picture
from sparring.runs.split import training_digests
from sparring.tasks.complete import alternatives as several
from sparring.tasks.complete.figure import figure
from sparring.tasks.complete.movie import write_movie
from sparring.tasks.complete.options import CompletionTask
from sparring.tasks.complete.photos import FOLDER, complete_photos, open_photo, photos
from sparring.tasks.opening.loaded import LoadedRun, load_for_search
from sparring.tasks.opening.pictures import read_pictures, run_data_or_warn, unique_names, unseen_pictures
from sparring.tasks.opening.results import results_header, resumable_search, run_header

LOG = logging.getLogger(__name__)

RESULTS, MOVIE = "results.json", "movie.gif"
USE = "completion"
PARTS = (RESULTS, "figure.png", FOLDER, MOVIE, *several.PARTS)
NEAREST_BYTES = 2**30
"""Memory for the training pictures in the nearest-picture baseline; a larger set is subsampled evenly."""

BLENDS: dict[str, Blend] = {"poisson": poisson, "paste": pasted}
"""Blends that need no calibration."""


@dataclass(frozen=True)
class MaskedPictures:
    """The pictures of a task, uint8 (n, H, W, C), their masks, bool (n, H, W), and the truth if known."""

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

    A picture file, or a folder of pictures not all of the run's size, is completed at its own size; "files"
    then has the entries of `complete_photos`.  Other data, and all data with `task.at_run_size`, are
    completed at the run's size, without pictures that the run was trained or calibrated on, as by
    `unseen_pictures`; "methods" then has the `scores` of ours and of baselines, "in_range" is that of
    `in_range`, and "kept" that of `write_alternatives`.  Known pixels are unchanged, to the byte.  A repeated
    call resumes an interrupted one.  Raises `BadInput`, mostly before anything is written.
    """
    loaded = load_for_search(run)
    if task.keep < 0:
        raise BadInput(f"--keep {task.keep}: give 0 or more")
    require_at_least("--limit", task.limit)
    plan = _plan(loaded, task)
    machine, blend = loaded.machine(task.threads, task.device), _blend(task, plan)
    files = photos(loaded, task)
    if files:
        return _complete_photos(loaded, task, files, plan, blend, machine, progress)
    masked = masked_pictures(loaded, task)
    with resumable_search(task.out, task.overwrite, PARTS, progress) as batching:
        if masked.note:
            LOG.info("%s", masked.note)
        training = _training_pictures(loaded)
        with machine.activate(loaded.trained.nets, plan.model.E):
            result = compare(
                plan.model,
                masked.pictures,
                masked.missing,
                seed=task.seed,
                preset=plan.preset,
                blend=blend,
                keep=task.keep,
                training=training,
                batching=batching,
            )
        return _write_results(loaded, task, masked, result, plan, machine)


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
    unit = "windows of the first picture"
    with resumable_search(task.out, task.overwrite, PARTS, progress, unit) as batching:
        with machine.activate(loaded.trained.nets, plan.model.E):
            entries = complete_photos(task, files, plan, blend, loaded.trained.space.shape, batching)
        results = run_header(loaded) | {"pictures": len(entries), "files": entries}
        write_json(task.out / RESULTS, results)
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
    """Read the pictures of a task at the run's size, and make their masks.

    Pictures that the run was trained or calibrated on are left out, as by `unseen_pictures`.  The truth is
    the pictures themselves if `task.truth` is "given", or "auto" with a mask that is neither alpha nor a
    file; else None.  Raises `BadInput` if the pictures cannot be read or masked.
    """
    chosen = unseen_pictures(loaded, task.data, task.limit, USE)
    n, height, width, _ = chosen.pictures.shape
    alpha = None
    if task.mask == "alpha":
        alpha = read_pictures(loaded, task.data, USE, channels=4).x[chosen.index][..., 3]
    names, invert = chosen.names, task.invert_mask
    missing = masks(task.mask, n, height, width, task.seed, invert=invert, alpha=alpha, names=names)
    from_files = task.mask == "alpha" or Path(task.mask).expanduser().exists()
    whole = task.truth == "given" or (task.truth == "auto" and not from_files)
    truth = chosen.pictures if whole else None
    return MaskedPictures(chosen.pictures, missing, unique_names(names), truth, chosen.unseen, chosen.note)


def _training_pictures(loaded: LoadedRun) -> np.ndarray | None:
    """Return the run's training pictures, for the nearest-picture baseline; None if they are gone."""
    data = run_data_or_warn(loaded, "no nearest-picture baseline")
    if data is None:
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
        write_picture(task.out / FOLDER / f"{name}.png", picture)
    if task.movie:
        write_movie(masked.pictures, masked.missing, task.out / MOVIE, plan, seed=task.seed)
    ranks = _write_ranked(task, masked, result, plan) if task.keep else []
    write_picture(task.out / "figure.png", figure(result, masked.pictures, masked.missing, masked.truth))
    results = results_header(loaded, task) | {
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
    """Return whether the generator can make each picture, as far as its known pixels tell, and the limits.

    "limits" has "residual" (root mean square error on known pixels, in a range of 2) and "length" (norm of z
    over the root of its dimension).  They are the 95 % quantiles over held-out pictures.  "usual" has a
    boolean for each picture: both values are within the limits.  Both entries are None without a calibration.
    Logs a warning if a picture is outside.
    """
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
