"""Restore damaged pictures with a run: search for G(z) that, damaged alike, matches the observation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import torch

from sparring.core.errors import BadInput, require_at_least
from sparring.core.pixels import array_to_float, to_uint8
from sparring.core.run import Device
from sparring.data.sources import dataset
from sparring.inverse.blend.cosines import ErrorModel
from sparring.inverse.blend.wiener import grey_level
from sparring.inverse.calibration import Calibration, Precision, plan_search
from sparring.inverse.comparison import CEILING, OURS, as_levels
from sparring.inverse.consistency import Correction, correct
from sparring.inverse.operators.operator import Damage
from sparring.inverse.operators.parse import MASK
from sparring.inverse.operators.parse import damage as damage_of
from sparring.inverse.problem import Problem
from sparring.inverse.solution import Completion
from sparring.inverse.solver import complete_pictures
from sparring.metrics import images
from sparring.runs.files import write_json, write_picture
from sparring.tasks.complete.figure import rows_of_pictures
from sparring.tasks.complete.job import complete
from sparring.tasks.complete.options import CompletionTask
from sparring.tasks.opening.loaded import LoadedRun, load_for_search
from sparring.tasks.opening.pictures import file_stems, unique_names, unseen_pictures
from sparring.tasks.opening.results import results_header, resumable_search

RESULTS, GENERATED, SMOOTH = "results.json", "generated", "smooth"
PARTS = (RESULTS, "figure.png", "restored")


@dataclass(frozen=True)
class RestorationTask:
    """Options of restoration: the pictures, their damage and the output folder."""

    data: str
    """Pictures, as for `sparring train --data`."""
    damage: str
    """The damage, parts joined by +: mask:centre, down:4, blur:2, motion:9:30, grey, noise:0.05, jpeg:30,
    quantise:4, crop:TOP,LEFT,HEIGHT,WIDTH."""
    out: Path
    """Folder to write."""
    given: Literal["whole", "damaged"] = "whole"
    """whole: damage the pictures first, and score against them; damaged: they are damaged already."""
    limit: int | None = None
    """Maximum number of pictures; None: all."""
    seed: int = 0
    """Seed of masks, noise and starting points."""
    restarts: int | None = None
    """Restarts per picture; None: those of the default search."""
    steps: int | None = None
    """Steps of a search; None: those of the default search."""
    device: Device = "auto"
    """Device of the search; auto: a GPU if there is one."""
    precision: Precision = "auto"
    """Precision of the nets during the search; auto: bf16 where calibration found it faster and as good, else
    fp32.  The final pictures are made in fp32."""
    threads: int | None = None
    """CPU threads; None: as many as in training."""
    correct: bool = True
    """Correct G(z) so that it agrees with the observation; otherwise G(z) is written unchanged."""
    overwrite: bool = False
    """Replace the files of an earlier call in `out`."""


@dataclass(frozen=True)
class _Case:
    """Damaged pictures `y` in [-1, 1] with their damage, and the truth as uint8 where it is known."""

    names: list[str]
    damage: Damage
    y: torch.Tensor
    missing: torch.Tensor
    truth: np.ndarray | None
    was_unseen: bool


def restore(
    folder: Path, task: RestorationTask, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Restore pictures with the run at `folder`; return the content of `results.json` in `task.out`.

    Also writes `figure.png` and `restored/*.png`: G(z), corrected to agree with the observation y if
    `task.correct`.  Lists by picture: "noise" (the estimated standard deviation of y's noise), "residual"
    (root mean square of the damaged result minus y) and "residual_generated" (of damaged G(z) minus y).
    "methods" has mean "psnr" (dB) and "ssim" by method, {} without the truth.  Damage by a mask alone is left
    to `complete`.  A repeated call resumes an interrupted one.  Raises `BadInput` before it writes anything.
    """
    if _is_mask(task.damage):
        return complete(folder, _completion_task(task), progress=progress)
    loaded = load_for_search(folder)
    require_at_least("--limit", task.limit)
    machine = loaded.machine(task.threads, task.device)
    # No encoder: it is trained on holes alone.
    plan = plan_search(
        loaded.folder,
        loaded.trained,
        steps=task.steps,
        restarts=task.restarts,
        use_encoder=False,
        precision=task.precision,
        holes_only=False,
    )
    case = _damage_whole(loaded, task) if task.given == "whole" else _read_damaged(loaded, task)
    with resumable_search(task.out, task.overwrite, PARTS, progress) as batching:
        with machine.activate(loaded.trained.nets):
            completion = complete_pictures(
                plan.model,
                case.y,
                case.missing,
                plan.preset,
                seed=task.seed,
                damage=case.damage,
                batching=batching,
            )
            corrected = _corrections(case, completion, plan.tuned) if task.correct else (None, None)
        return _write_results(loaded, task, case, completion, *corrected)


def _is_mask(spec: str) -> bool:
    name, _, kind = spec.partition(":")
    return name == MASK and bool(kind) and ("+" not in kind or Path(kind).expanduser().exists())


def _completion_task(task: RestorationTask) -> CompletionTask:
    """Return the same task as a task of completion."""
    return CompletionTask(
        task.data,
        task.damage.removeprefix(f"{MASK}:"),
        task.out,
        at_run_size=True,
        limit=task.limit,
        seed=task.seed,
        restarts=task.restarts,
        steps=task.steps,
        precision=task.precision,
        blend="auto" if task.correct else "paste",
        truth="given" if task.given == "whole" else "none",
        device=task.device,
        threads=task.threads,
        overwrite=task.overwrite,
    )


def _damage_whole(loaded: LoadedRun, task: RestorationTask) -> _Case:
    """Read whole pictures that the run was not trained on, and damage them."""
    chosen = unseen_pictures(loaded, task.data, task.limit, "restoring")
    n, height, width, channels = chosen.pictures.shape
    damage = damage_of(task.damage, n, height, width, channels, task.seed, names=chosen.names)
    x = array_to_float(chosen.pictures)
    with torch.no_grad():
        y = damage.degraded(x, torch.Generator().manual_seed(task.seed))
    names = unique_names(chosen.names)
    return _Case(names, damage, y, _unknown(damage, x), chosen.pictures, chosen.unseen)


def _read_damaged(loaded: LoadedRun, task: RestorationTask) -> _Case:
    """Read pictures that are damaged already; they have the size and channels that the damage leaves."""
    channels, height, width = loaded.trained.space.shape
    probe = damage_of(task.damage, 1, height, width, channels, task.seed)
    with torch.no_grad():
        observed = probe(torch.zeros(1, channels, height, width)).shape[1:]
    data = dataset(task.data, channels=int(observed[0]))
    if data.shape != tuple(observed):
        wanted, there = (" x ".join(map(str, shape)) for shape in (observed, data.shape))
        raise BadInput(f"{task.data}: holds {there}; pictures damaged by {task.damage} are {wanted}")
    index = np.arange(len(data))[: task.limit]
    names = file_stems(data.names, index)
    damage = damage_of(task.damage, len(index), height, width, channels, task.seed, names=names)
    unknown = _unknown(damage, torch.zeros(len(index), channels, height, width))
    return _Case(
        unique_names(names),
        damage,
        array_to_float(data.x[index]),
        unknown,
        None,
        True,
    )


def _unknown(damage: Damage, x: torch.Tensor) -> torch.Tensor:
    """Return the pixels of the observation that are unknown, bool (n, H', W')."""
    known = damage.known(x.shape)[:, 0] > 0
    return ~known.expand(len(x), *known.shape[1:])


def upscale(problem: Problem, shape: tuple[int, ...]) -> np.ndarray:
    """Return the observation `problem.y` resized to `shape` = (C, H, W), uint8 (n, H, W, C), as a baseline.

    Interpolation is bicubic.  An observation of one channel is repeated in all C channels.
    """
    channels, height, width = shape
    observed = as_levels(problem.y)
    small = [cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC) for picture in observed]
    stacked = np.stack([picture[..., None] if picture.ndim == 2 else picture for picture in small])
    return np.broadcast_to(np.clip(np.rint(stacked), 0, 255), (*stacked.shape[:3], channels)).astype(np.uint8)


def _corrections(
    case: _Case, completion: Completion, tuned: Calibration
) -> tuple[Correction, Correction | None]:
    """Return the corrected G(z) and, for scores, the baseline: a grey picture corrected in its place."""
    correction = _correct(case, completion.raw, tuned.error_model)
    if case.truth is None:
        return correction, None
    level = grey_level(case.y, case.missing).expand_as(completion.raw)
    return correction, _correct(case, level, tuned.model_without_generator)


def _correct(case: _Case, generated: torch.Tensor, errors: ErrorModel) -> Correction:
    expected = errors.believed(generated.double(), grey_level(case.y.double(), case.missing))
    return correct(expected, case.y, case.missing, case.damage, errors)


def _write_results(
    loaded: LoadedRun,
    task: RestorationTask,
    case: _Case,
    completion: Completion,
    correction: Correction | None,
    baseline: Correction | None,
) -> dict[str, Any]:
    generated = to_uint8(completion.raw)
    ours = generated if correction is None else to_uint8(correction.pictures)
    for name, picture in zip(case.names, ours, strict=True):
        write_picture(task.out / "restored" / f"{name}.png", picture)
    observed = upscale(Problem(case.y, case.missing), loaded.trained.space.shape)
    columns = {"damaged": observed} | ({} if correction is None else {GENERATED: generated}) | {OURS: ours}
    panels = columns | ({} if case.truth is None else {"true": case.truth})
    write_picture(task.out / "figure.png", rows_of_pictures(panels))
    scored = columns | ({} if baseline is None else {SMOOTH: to_uint8(baseline.pictures)})
    before = _rounded(completion.residual)
    results = results_header(loaded, task) | {
        "pictures": len(ours),
        "names": case.names,
        "unseen": case.was_unseen,
        "corrected": correction is not None,
        "noise": None if correction is None else _rounded(correction.noise),
        "residual": before if correction is None else _rounded(correction.after),
        "residual_generated": before,
        "methods": {}
        if case.truth is None
        else {name: _scores(made, case.truth) for name, made in scored.items()},
    }
    write_json(task.out / RESULTS, results)
    return results


def _rounded(values: torch.Tensor) -> list[float]:
    return [round(float(value), 4) for value in values]


def _scores(pictures: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    values = {"psnr": float(np.minimum(images.psnr(pictures, truth), CEILING).mean())}
    if min(truth.shape[1:3]) >= 3:
        values["ssim"] = float(images.ssim(pictures, truth).mean())
    return values
