"""From a picture to the latent that makes it, as nearly as the generator can."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from sparring.core.errors import BadInput
from sparring.data.pixels import scaled, to_uint8
from sparring.inverse.calibration import planned
from sparring.inverse.solver import completed
from sparring.runs.files import claim, write_json, write_npz, write_picture
from sparring.tasks.opening.loaded import load

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
RESULTS = "inversion.json"
PARTS = (RESULTS, "latent.npz", "inversion.png")
FAITHFUL = "faithful"


@dataclass(frozen=True)
class Inversion:
    """Which picture to invert, and where to."""

    picture: Path
    """A picture; it is brought to the run's size, its middle cut out."""
    out: Path
    """Folder to write."""
    steps: int | None = None
    """Steps of the search; None: 200."""
    restarts: int | None = None
    """Searches; None: 16."""
    encoder: bool = True
    """Begin where the run's encoder says, if it has one."""
    seed: int = 0
    """Seed of the starting points."""
    overwrite: bool = False
    """Replace what an earlier call wrote at `out`."""


def invert(folder: Path, task: Inversion) -> dict[str, Any]:
    """Find z for a picture; written are `latent.npz` (z), the picture beside G(z), and `inversion.json`.

    Projection by descent with Adam from several starts, after Zhu et al. 2016, arXiv:1609.03552, section 3.1,
    with the prior's energy in place of their encoder's term.  Raises `BadInput` before anything is written.
    """
    held = load(folder)
    held.require_pictures()
    steps, restarts, encoded = task.steps, task.restarts, task.encoder
    plan = planned(held.folder, held.trained, FAITHFUL, steps=steps, restarts=restarts, encoded=encoded)
    picture = _read(task.picture, held.trained.space.shape)
    claim(task.out, task.overwrite, PARTS)
    x = scaled(torch.from_numpy(picture[None])).contiguous()
    nothing = torch.zeros(1, *picture.shape[:2], dtype=torch.bool)
    nets = held.trained.generator(), held.trained.critic()
    found = completed(*nets, held.trained.recipe.latent, x, nothing, plan.preset, seed=task.seed, E=plan.E)
    with torch.no_grad():
        made = nets[0](found.z.to(x))
    error = float((made - x).square().mean().sqrt())
    results = {
        "picture": str(task.picture),
        "run": str(held.folder),
        "error": round(error, 4),
        "length": round(float(found.z.norm() / found.z.shape[1] ** 0.5), 4),
        "encoder": plan.E is not None,
    }
    write_npz(task.out / "latent.npz", {"z": found.z.numpy()})
    pair = np.concatenate([picture, to_uint8(made)[0]], 1)
    write_picture(task.out / "inversion.png", pair[..., 0] if pair.shape[-1] == 1 else pair)
    write_json(task.out / RESULTS, results)
    return results


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A picture at the run's size, uint8 (H, W, C)."""
    channels, height, width = shape
    try:
        with Image.open(path) as image:
            found = np.array(image.convert(MODES[channels]))
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such picture") from error
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(f"{path}: cannot be read as a picture: {said}") from error
    tall, wide = found.shape[:2]
    side = min(tall / height, wide / width)
    rows, columns = round(side * height), round(side * width)
    top, left = (tall - rows) // 2, (wide - columns) // 2
    cut = found[top : top + rows, left : left + columns]
    small = cut if cut.shape[:2] == (height, width) else _resized(cut, (width, height))
    return small[..., None] if small.ndim == 2 else small


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = picture.shape[0] > size[1]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
