"""Undo any damage with a run: search for the picture that, damaged in the same way, is what was seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.core.run import Device
from sparring.data.pixels import scaled, to_uint8
from sparring.data.sources import dataset
from sparring.inverse.blend.cosines import Errors
from sparring.inverse.blend.wiener import grey
from sparring.inverse.cache import SEARCH, Store
from sparring.inverse.calibration import Precision, planned
from sparring.inverse.comparison import CEILING, OURS, as_levels
from sparring.inverse.consistency import Correction, corrected
from sparring.inverse.operators.operator import Damage
from sparring.inverse.operators.parse import MASK
from sparring.inverse.operators.parse import damage as damage_of
from sparring.inverse.presets import Preset
from sparring.inverse.problem import Problem
from sparring.inverse.solution import Completion
from sparring.inverse.solver import completed
from sparring.metrics import images
from sparring.runs.files import claim, write_json, write_picture
from sparring.tasks.complete.figure import rows_of_pictures
from sparring.tasks.complete.job import Task, complete, distinct, plain, unseen
from sparring.tasks.opening.loaded import Loaded, load

RESULTS, GENERATED, SMOOTH = "results.json", "generated", "smooth"
PARTS = (RESULTS, "figure.png", "restored")


@dataclass(frozen=True)
class Mending:
    """What to restore, what was done to it, and where to."""

    data: str
    """Pictures, as for `sparring train --data`."""
    damage: str
    """What was done, words joined by +: mask:centre, down:4, blur:2, motion:9:30, grey, noise:0.05, jpeg:30,
    quantise:4, crop:TOP,LEFT,HEIGHT,WIDTH."""
    out: Path
    """Folder to write."""
    given: Literal["whole", "damaged"] = "whole"
    """whole: damage the pictures first, and score against them; damaged: they are so already."""
    limit: int | None = None
    """At most so many pictures; None: all."""
    seed: int = 0
    """Seed of masks, noise and starting points."""
    restarts: int | None = None
    """Searches a picture; None: the default search's."""
    steps: int | None = None
    """Steps of a search; None: the default search's."""
    device: Device = "auto"
    """Where to search; auto: on a GPU where there is one."""
    precision: Precision = "auto"
    """In which the nets compute while searching; auto: fp32, or bf16 where calibration found it faster and as
    good.  Answers are made in fp32."""
    threads: int | None = None
    """CPU threads; None: those of the run."""
    correct: bool = True
    """Make what was found agree with what is seen; otherwise it stays the generator's own."""
    overwrite: bool = False
    """Replace what an earlier call wrote at `out`."""


@dataclass(frozen=True)
class _Case:
    """Damaged pictures, uint8 for people and float for the search."""

    names: list[str]
    damage: Damage
    y: torch.Tensor
    missing: torch.Tensor
    truth: np.ndarray | None
    was_unseen: bool


def restore(
    folder: Path, task: Mending, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Restore pictures with the run at `folder`; what is also written to `results.json` in `task.out`.

    Beside that: the restored pictures as PNG, and `figure.png`.  Restored pictures are the generator's,
    corrected to agree with what is seen unless `task` says otherwise.  Where the damage is a mask alone,
    known pixels are kept, as by `complete`, which does it.  Called again after it was stopped, it goes on.
    Raises `BadInput` before anything is written.
    """
    if _is_mask(task.damage):
        return complete(folder, _masked(task), progress=progress)
    held = load(folder)
    held.require_pictures()
    if task.limit is not None and task.limit < 1:
        raise BadInput(f"--limit {task.limit}: give a whole number of at least 1")
    machine = held.machine(task.threads, task.device)
    # No encoder: it knows holes alone.
    plan = planned(
        held.folder,
        held.trained,
        steps=task.steps,
        restarts=task.restarts,
        encoded=False,
        precision=task.precision,
        holes=False,
    )
    case = _whole(held, task) if task.given == "whole" else _damaged(held, task)
    claim(task.out, task.overwrite, PARTS, SEARCH)
    kept = Store(task.out / SEARCH)
    with machine.in_force(held.trained.nets):
        found = _searched(held, case, plan.preset, task.seed, kept, progress)
        better = _corrected(case, found.raw, plan.tuned.errors) if task.correct else None
        scored = task.correct and case.truth is not None
        level = grey(case.y, case.missing).expand_as(found.raw)  # in place of G(z)
        alone = _corrected(case, level, plan.tuned.alone) if scored else None
    results = _written(held, task, case, found, better, alone)
    kept.remove()
    return results


def _is_mask(spec: str) -> bool:
    name, _, kind = spec.partition(":")
    return name == MASK and bool(kind) and ("+" not in kind or Path(kind).expanduser().exists())


def _masked(task: Mending) -> Task:
    """The same as a task of completion."""
    return Task(
        task.data,
        task.damage.removeprefix(f"{MASK}:"),
        task.out,
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


def _whole(held: Loaded, task: Mending) -> _Case:
    """Whole pictures that the run has not seen, damaged here."""
    channels, height, width = held.trained.space.shape
    found = _read(held, task.data, (channels, height, width))
    index, was_unseen, _ = unseen(held, found, task.data)
    index = index[: task.limit]
    names = _names(found.names, index)
    done = damage_of(task.damage, len(index), height, width, channels, task.seed, names=names)
    x = scaled(torch.from_numpy(found.x[index])).contiguous()
    with torch.no_grad():
        y = done.degraded(x, torch.Generator().manual_seed(task.seed))
    return _Case(distinct(names), done, y, _unknown(done, x), found.x[index], was_unseen)


def _damaged(held: Loaded, task: Mending) -> _Case:
    """Pictures that are damaged already, of the size and the channels that the damage leaves."""
    channels, height, width = held.trained.space.shape
    probe = damage_of(task.damage, 1, height, width, channels, task.seed)
    with torch.no_grad():
        seen = probe(torch.zeros(1, channels, height, width)).shape[1:]
    found = dataset(task.data, channels=int(seen[0]))
    if found.shape != tuple(seen):
        wanted, there = (" x ".join(map(str, shape)) for shape in (seen, found.shape))
        raise BadInput(f"{task.data}: holds {there}; pictures damaged by {task.damage} are {wanted}")
    index = np.arange(len(found))[: task.limit]
    names = _names(found.names, index)
    done = damage_of(task.damage, len(index), height, width, channels, task.seed, names=names)
    unknown = _unknown(done, torch.zeros(len(index), channels, height, width))
    return _Case(
        distinct(names), done, scaled(torch.from_numpy(found.x[index])).contiguous(), unknown, None, True
    )


def _read(held: Loaded, spec: str, shape: tuple[int, int, int]) -> Any:
    channels, height, width = shape
    found = dataset(spec, size=f"{height}x{width}", crop=held.record.run.crop, channels=channels)
    if not found.pictures:
        raise BadInput(f"{spec}: holds points; restoring needs pictures")
    return found


def _names(names: Any, index: np.ndarray) -> list[str]:
    return [Path(names[i]).stem if len(names) else f"{i:06d}" for i in index]


def _unknown(done: Damage, x: torch.Tensor) -> torch.Tensor:
    """Where nothing is known of what is seen, bool (n, H', W')."""
    known = done.known(x.shape)[:, 0] > 0
    return ~known.expand(len(x), *known.shape[1:])


def _searched(
    held: Loaded,
    case: _Case,
    search: Preset,
    seed: int,
    kept: Store,
    progress: Callable[[int, int], None] | None,
) -> Completion:
    return completed(
        held.trained.generator(),
        held.trained.critic(),
        held.trained.recipe.latent,
        case.y,
        case.missing,
        search,
        seed=seed,
        damage=case.damage,
        kept=kept,
        progress=progress,
    )


def upscaled(problem: Problem, shape: tuple[int, ...]) -> np.ndarray:
    """What is seen as a picture of `shape`, (n, H, W, C): bicubic, grey in every channel; for comparison."""
    channels, height, width = shape
    seen = as_levels(problem.y)
    small = [cv2.resize(one, (width, height), interpolation=cv2.INTER_CUBIC) for one in seen]
    stacked = np.stack([one[..., None] if one.ndim == 2 else one for one in small])
    return np.broadcast_to(np.clip(np.rint(stacked), 0, 255), (*stacked.shape[:3], channels)).astype(np.uint8)


def _corrected(case: _Case, generated: torch.Tensor, errors: Errors) -> Correction:
    believed = errors.believed(generated.double(), grey(case.y.double(), case.missing))
    return corrected(believed, case.y, case.missing, case.damage, errors)


def _written(
    held: Loaded,
    task: Mending,
    case: _Case,
    found: Completion,
    better: Correction | None,
    alone: Correction | None,
) -> dict[str, Any]:
    generated = to_uint8(found.raw)
    ours = generated if better is None else to_uint8(better.pictures)
    for name, picture in zip(case.names, ours, strict=True):
        write_picture(task.out / "restored" / f"{name}.png", plain(picture))
    seen = upscaled(Problem(case.y, case.missing), held.trained.space.shape)
    columns = {"damaged": seen} | ({} if better is None else {GENERATED: generated}) | {OURS: ours}
    shown = columns | ({} if case.truth is None else {"true": case.truth})
    write_picture(task.out / "figure.png", rows_of_pictures(shown))
    scored = columns | ({} if alone is None else {SMOOTH: to_uint8(alone.pictures)})
    before = _rounded(found.residual)
    results = {
        "run": str(held.folder),
        "recipe": held.record.recipe,
        "step": held.trained.step,
        "task": {**asdict(task), "out": str(task.out)},
        "pictures": len(ours),
        "names": case.names,
        "unseen": case.was_unseen,
        "corrected": better is not None,
        "noise": None if better is None else _rounded(better.noise),
        "residual": before if better is None else _rounded(better.after),
        "residual_generated": before,
        "methods": {}
        if case.truth is None
        else {name: _scores(made, case.truth) for name, made in scored.items()},
    }
    write_json(task.out / RESULTS, results)
    return results


def _rounded(values: torch.Tensor) -> list[float]:
    return [round(float(value), 4) for value in values]


def _scores(made: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    found = {"psnr": float(np.minimum(images.psnr(made, truth), CEILING).mean())}
    if min(truth.shape[1:3]) >= 3:
        found["ssim"] = float(images.ssim(made, truth).mean())
    return found
