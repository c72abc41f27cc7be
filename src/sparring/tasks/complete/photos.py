"""Complete pictures at their own size: each hole is solved at the run's size, with what is around it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from sparring.core.errors import BadInput
from sparring.core.run import Device
from sparring.data.picture import SUFFIXES
from sparring.data.pixels import scaled
from sparring.inverse.cache import SEARCH, Store
from sparring.inverse.calibration import Plan, Precision, planned
from sparring.inverse.comparison import as_levels
from sparring.inverse.masks import masks
from sparring.inverse.solver import completed
from sparring.inverse.tiles import Solve, mended, settled, windows
from sparring.runs.files import claim, write_json, write_picture
from sparring.tasks.opening.loaded import Loaded, load

LOG = logging.getLogger(__name__)

RESULTS = "results.json"
PARTS = (RESULTS, "mended")
MODES = {1: "L", 3: "RGB"}


@dataclass(frozen=True)
class Photographs:
    """Which pictures to complete at their own size, and where to."""

    pictures: Path
    """A picture, or a folder of them."""
    mask: str
    """What is missing: FILE.png (white, of the picture's size), FOLDER of masks by name, alpha, or a word as
    for `sparring complete --mask`."""
    out: Path
    """Folder to write."""
    seed: int = 0
    """Seed of masks and starting points."""
    restarts: int | None = None
    """Searches a hole; None: the default search's."""
    steps: int | None = None
    """Steps of a search; None: the default search's."""
    precision: Precision = "auto"
    """In which the nets compute while searching; auto: fp32, or bf16 where calibration found it faster and as
    good.  Answers are made in fp32."""
    invert_mask: bool = False
    """White marks what is known, not what is missing."""
    device: Device = "auto"
    """Where to search; auto: on a GPU where there is one."""
    threads: int | None = None
    """CPU threads; None: those of the run."""
    overwrite: bool = False
    """Replace what an earlier call wrote at `out`."""


def mend(
    folder: Path, task: Photographs, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Complete pictures of any size with the run at `folder`; what is also written to `results.json`.

    Pictures come out as PNG at their own size, known pixels as they were, to the byte.  A hole of more than
    half the run's side is solved at lower resolution, hence softer.  Pictures are read one at a time.  Called
    again after it was stopped, it does not search again what it found.
    Raises `BadInput` before anything is written for what can be told by then.
    """
    held = load(folder)
    held.require_pictures()
    channels, height, width = held.trained.space.shape
    if channels not in MODES:
        raise BadInput(f"{folder}: makes pictures of {channels} channels; pictures are grey or RGB")
    files = _files(task.pictures)
    plan = planned(
        held.folder, held.trained, steps=task.steps, restarts=task.restarts, precision=task.precision
    )
    machine = held.machine(task.threads, task.device)
    _opened(files[0], task, channels)
    claim(task.out, task.overwrite, PARTS, SEARCH)
    kept = Store(task.out / SEARCH, "windows of the first picture")
    solve, told = _solver(held, plan, task.seed, kept), []
    with machine.in_force(held.trained.nets, plan.E):
        for done, (path, picture, missing) in enumerate(_read(files, task, channels), 1):
            filled = mended(picture, missing, (height, width), solve)
            out = f"mended/{path.stem}.png"
            write_picture(task.out / out, filled[..., 0] if channels == 1 else filled)
            scales = [round(window.scale, 2) for window in windows(missing, (height, width))]
            told.append({"file": out, "holes": len(scales), "coarsest": max(scales)})
            if progress is not None:
                progress(done, len(files))
    results = {"run": str(held.folder), "step": held.trained.step, "pictures": told}
    write_json(task.out / RESULTS, results)
    kept.remove()
    return results


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES) if path.is_dir() else []
    if not found:
        raise BadInput(f"{path}: no picture there; give a picture or a folder of them")
    return found


def _solver(held: Loaded, plan: Plan, seed: int, kept: Store) -> Solve:
    """The run's default search and its blending, on windows."""

    def solve(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
        x = scaled(torch.from_numpy(pictures)).contiguous()
        nets = held.trained.generator(), held.trained.critic()
        latent = held.trained.recipe.latent
        holes = torch.from_numpy(missing)
        found = completed(*nets, latent, x, holes, plan.preset, seed=seed, E=plan.E, kept=kept)
        return as_levels(found.raw)

    return settled(solve, plan.blend)


def _read(
    files: list[Path], task: Photographs, channels: int
) -> Iterator[tuple[Path, np.ndarray, np.ndarray]]:
    for path in files:
        yield path, *_opened(path, task, channels)


def _opened(path: Path, task: Photographs, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture, uint8 (H, W, C), and what is missing of it, bool (H, W)."""
    try:
        with Image.open(path) as image:
            alpha = np.asarray(image.convert("RGBA"))[None, ..., 3] if task.mask == "alpha" else None
            picture = np.array(image.convert(MODES[channels]))  # a copy, which tensors may share
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(f"{path}: cannot be read as a picture: {said}") from error
    if picture.ndim == 2:
        picture = picture[..., None]
    height, width, _ = picture.shape
    spec = _own_mask(task.mask, path)
    missing = masks(spec, 1, height, width, task.seed, invert=task.invert_mask, alpha=alpha)
    return picture, missing[0]


def _own_mask(spec: str, path: Path) -> str:
    """The mask of a picture: of a folder of masks the one of its name."""
    folder = Path(spec).expanduser()
    if not folder.is_dir():
        return spec
    found = [p for p in sorted(folder.iterdir()) if p.stem == path.stem and p.suffix.lower() in SUFFIXES]
    if not found:
        raise BadInput(f"{folder}: no mask called {path.stem}; give one for each picture, by its name")
    return str(found[0])
