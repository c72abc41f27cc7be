"""Complete pictures at their own size: each hole is solved at the run's size, with its surroundings."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sparring.core.errors import BadInput
from sparring.core.pixels import array_to_float
from sparring.data.picture import SUFFIXES, picture_file
from sparring.inverse.blend.poisson import Blend
from sparring.inverse.cache import Batching
from sparring.inverse.calibration import Plan
from sparring.inverse.comparison import as_levels
from sparring.inverse.masks import masks
from sparring.inverse.solver import complete_pictures
from sparring.inverse.tiles import Solve, blend_at_model_size, complete_any_size, windows
from sparring.runs.files import write_picture
from sparring.tasks.complete.options import CompletionTask
from sparring.tasks.opening.loaded import LoadedRun
from sparring.tasks.opening.pictures import unique_names

LOG = logging.getLogger(__name__)

MODES = {1: "L", 3: "RGB"}

FOLDER = "completed"
"""Subfolder of the output with one PNG for each picture."""


def photos(loaded: LoadedRun, task: CompletionTask) -> list[Path]:
    """Return the picture files to complete at their own size; empty if the task is done at the run's size.

    The list is empty if `task.at_run_size` is set, if `task.data` is neither a picture file nor a folder with
    pictures, or if all its pictures have the run's size.  Else it has the first `task.limit` files by path,
    also those of the run's size.  Raises `BadInput` where it is not empty, if `task.keep` or `task.movie` is
    set or `task.truth` is "given", which need the run's size, or if the run's pictures have neither 1 nor 3
    channels.
    """
    files = [] if task.at_run_size else _files(Path(task.data).expanduser())
    channels, height, width = loaded.trained.space.shape
    if not files or all(_size(path) == (width, height) for path in files):
        return []
    for flag, is_set in (
        ("--keep", task.keep),
        ("--movie", task.movie),
        ("--truth given", task.truth == "given"),
    ):
        if is_set:
            raise BadInput(f"{flag}: is made at the run's size, {height}x{width}; add --at-run-size")
    if channels not in MODES:
        made = f"{loaded.folder}: makes pictures of {channels} channels"
        raise BadInput(f"{made}; add --at-run-size, or give a run on grey or RGB pictures")
    return files[: task.limit]


def complete_photos(
    task: CompletionTask,
    files: Sequence[Path],
    plan: Plan,
    blend: Blend,
    shape: tuple[int, ...],
    batching: Batching,
) -> list[dict[str, Any]]:
    """Complete `files` one at a time, write them as PNG to `completed/`, and return an entry for each.

    `shape` is (C, H, W) of the run's pictures.  The progress of `batching` is called after every picture.
    Known pixels are unchanged, to the byte.  Each hole is solved in a window resized to (H, W), so that a
    hole of more than half the run's side comes out softer.  An entry has "file"; "holes", the number of
    windows; and "coarsest", the largest ratio of a window's side to the run's: 2 means half the resolution.
    """
    channels, height, width = shape
    solve, entries = _solver(plan, blend, task.seed, replace(batching, progress=None)), []
    names = unique_names([path.stem for path in files])
    for done, (name, (picture, missing)) in enumerate(
        zip(names, _read(files, task, channels), strict=True), 1
    ):
        filled = complete_any_size(picture, missing, (height, width), solve)
        out = f"{FOLDER}/{name}.png"
        write_picture(task.out / out, filled)
        scales = [round(window.scale, 2) for window in windows(missing, (height, width))]
        entries.append({"file": out, "holes": len(scales), "coarsest": max(scales)})
        if batching.progress is not None:
            batching.progress(done, len(files))
    return entries


def open_photo(path: Path, task: CompletionTask, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a picture, uint8 (H, W, C), and its mask of missing pixels, bool (H, W), given by `task`.

    `channels` is 1 (grey) or 3 (RGB).  If `task.mask` is a folder, the mask is its file of the same name.
    Raises `BadInput` if there is none, and for a mask that leaves nothing missing or nothing known.
    """
    with picture_file(path) as image:
        alpha = np.asarray(image.convert("RGBA"))[None, ..., 3] if task.mask == "alpha" else None
        picture = np.array(image.convert(MODES[channels]))  # a writable copy, for torch.from_numpy
    if picture.ndim == 2:
        picture = picture[..., None]
    height, width, _ = picture.shape
    spec = _mask_of(task.mask, path)
    missing = masks(spec, 1, height, width, task.seed, invert=task.invert_mask, alpha=alpha)
    return picture, missing[0]


def _files(path: Path) -> list[Path]:
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        return [path]
    return sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES) if path.is_dir() else []


def _size(path: Path) -> tuple[int, int]:
    """Width and height, from the header alone."""
    with picture_file(path) as image:
        return image.size


def _solver(plan: Plan, blend: Blend, seed: int, batching: Batching) -> Solve:
    """Return a function that completes windows by the plan's search and a blend."""

    def solve(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
        x, holes = array_to_float(pictures), torch.from_numpy(missing)
        completion = complete_pictures(plan.model, x, holes, plan.preset, seed=seed, batching=batching)
        return as_levels(completion.raw)

    return blend_at_model_size(solve, blend)


def _read(
    files: Sequence[Path], task: CompletionTask, channels: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for path in files:
        yield open_photo(path, task, channels)


def _mask_of(spec: str, path: Path) -> str:
    """Return the mask for a picture; in a folder of masks, the file of the same name."""
    folder = Path(spec).expanduser()
    if not folder.is_dir():
        return spec
    files = [p for p in sorted(folder.iterdir()) if p.stem == path.stem and p.suffix.lower() in SUFFIXES]
    if not files:
        raise BadInput(f"{folder}: no mask called {path.stem}; give one for each picture, by its name")
    return str(files[0])
