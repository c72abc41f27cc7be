"""Complete pictures at their original size: each hole is solved at the run's size, with its surroundings."""

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
    """Options of completion at the original size: the pictures, their masks and the output folder."""

    pictures: Path
    """A picture, or a folder of pictures."""
    mask: str
    """Missing pixels: FILE.png (white, of the picture's size), FOLDER of masks with the pictures' names, or
    alpha, or a word as for `sparring complete --mask`."""
    out: Path
    """Folder to write."""
    seed: int = 0
    """Seed of masks and starting points."""
    restarts: int | None = None
    """Restarts per hole; None: those of the default search."""
    steps: int | None = None
    """Steps of a search; None: those of the default search."""
    precision: Precision = "auto"
    """Precision of the nets during the search; auto: bf16 where calibration found it faster and as good, else
    fp32.  The final pictures are made in fp32."""
    invert_mask: bool = False
    """White marks known pixels instead of missing ones."""
    device: Device = "auto"
    """Device of the search; auto: a GPU if there is one."""
    threads: int | None = None
    """CPU threads; None: as many as in training."""
    overwrite: bool = False
    """Replace the files of an earlier call in `out`."""


def mend(
    folder: Path, task: Photographs, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Complete pictures of any size with the run at `folder`; return the content of `results.json`.

    Pictures are written as PNG at their original size; known pixels are unchanged, to the byte.  A hole of
    more than half the run's side is solved at a lower resolution and comes out softer.  Pictures are read one
    at a time.  An interrupted call resumes when it is repeated, without repeating finished searches.
    Raises `BadInput` before anything is written, for errors that can be detected by then.
    """
    loaded = load(folder)
    loaded.require_pictures()
    channels, height, width = loaded.trained.space.shape
    if channels not in MODES:
        raise BadInput(f"{folder}: makes pictures of {channels} channels; give a run on grey or RGB pictures")
    files = _files(task.pictures)
    plan = planned(
        loaded.folder, loaded.trained, steps=task.steps, restarts=task.restarts, precision=task.precision
    )
    machine = loaded.machine(task.threads, task.device)
    _open(files[0], task, channels)
    claim(task.out, task.overwrite, PARTS, SEARCH)
    store = Store(task.out / SEARCH, "windows of the first picture")
    solve, entries = _solver(loaded, plan, task.seed, store), []
    with machine.in_force(loaded.trained.nets, plan.E):
        for done, (path, picture, missing) in enumerate(_read(files, task, channels), 1):
            filled = mended(picture, missing, (height, width), solve)
            out = f"mended/{path.stem}.png"
            write_picture(task.out / out, filled[..., 0] if channels == 1 else filled)
            scales = [round(window.scale, 2) for window in windows(missing, (height, width))]
            entries.append({"file": out, "holes": len(scales), "coarsest": max(scales)})
            if progress is not None:
                progress(done, len(files))
    results = {"run": str(loaded.folder), "step": loaded.trained.step, "pictures": entries}
    write_json(task.out / RESULTS, results)
    store.remove()
    return results


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES) if path.is_dir() else []
    if not files:
        raise BadInput(f"{path}: no picture there; give a picture or a folder of them")
    return files


def _solver(loaded: Loaded, plan: Plan, seed: int, store: Store) -> Solve:
    """Return a function that completes windows by the run's default search and blend."""

    def solve(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
        x = scaled(torch.from_numpy(pictures)).contiguous()
        nets = loaded.trained.generator(), loaded.trained.critic()
        latent = loaded.trained.recipe.latent
        holes = torch.from_numpy(missing)
        completion = completed(*nets, latent, x, holes, plan.preset, seed=seed, E=plan.E, kept=store)
        return as_levels(completion.raw)

    return settled(solve, plan.blend)


def _read(
    files: list[Path], task: Photographs, channels: int
) -> Iterator[tuple[Path, np.ndarray, np.ndarray]]:
    for path in files:
        yield path, *_open(path, task, channels)


def _open(path: Path, task: Photographs, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a picture, uint8 (H, W, C), and its mask of missing pixels, bool (H, W)."""
    try:
        with Image.open(path) as image:
            alpha = np.asarray(image.convert("RGBA"))[None, ..., 3] if task.mask == "alpha" else None
            picture = np.array(image.convert(MODES[channels]))  # a writable copy, for torch.from_numpy
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(f"{path}: cannot be read as a picture: {reason}") from error
    if picture.ndim == 2:
        picture = picture[..., None]
    height, width, _ = picture.shape
    spec = _mask_of(task.mask, path)
    missing = masks(spec, 1, height, width, task.seed, invert=task.invert_mask, alpha=alpha)
    return picture, missing[0]


def _mask_of(spec: str, path: Path) -> str:
    """Return the mask for a picture; in a folder of masks, the file of the same name."""
    folder = Path(spec).expanduser()
    if not folder.is_dir():
        return spec
    files = [p for p in sorted(folder.iterdir()) if p.stem == path.stem and p.suffix.lower() in SUFFIXES]
    if not files:
        raise BadInput(f"{folder}: no mask called {path.stem}; give one for each picture, by its name")
    return str(files[0])
