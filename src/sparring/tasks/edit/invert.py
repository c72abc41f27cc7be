"""Inversion: search for the latent z whose picture G(z) is nearest to a given picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from sparring.core.pixels import array_to_float, to_uint8
from sparring.data.picture import picture_file
from sparring.inverse.calibration import plan_search
from sparring.inverse.problem import nothing_missing
from sparring.inverse.solver import complete_pictures
from sparring.runs.files import prepare_folder, write_json, write_npz, write_picture
from sparring.tasks.opening.loaded import load_for_search

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
RESULTS = "inversion.json"
PARTS = (RESULTS, "latent.npz", "inversion.png")
FAITHFUL = "faithful"


@dataclass(frozen=True)
class Inversion:
    """Options of inversion: the picture, the search and the output folder."""

    picture: Path
    """A picture; it is cropped at the centre and resized to the run's size."""
    out: Path
    """Folder to write."""
    steps: int | None = None
    """Steps of the search; None: 200."""
    restarts: int | None = None
    """Restarts of the search; None: 16."""
    encoder: bool = True
    """Start from the run's encoder, if it has one."""
    seed: int = 0
    """Seed of the starting points."""
    overwrite: bool = False
    """Replace the files of an earlier call in `out`."""


def invert(folder: Path, task: Inversion) -> dict[str, Any]:
    """Find z for a picture; write `latent.npz` (z), the picture beside G(z), and `inversion.json`.

    Projection by gradient descent with Adam from several starts, after Zhu et al. 2016, arXiv:1609.03552,
    section 3.1, with the prior's energy in place of their encoder's term.  Returns the content of
    `inversion.json`: "picture" and "run", paths; "error", the root mean square of G(z) - x in a range of 2;
    "length", the norm of z over the root of its dimension; and "encoder", whether the search used one.
    Raises `BadInput` before anything is written.
    """
    loaded = load_for_search(folder)
    steps, restarts, encoded = task.steps, task.restarts, task.encoder
    plan = plan_search(
        loaded.folder, loaded.trained, FAITHFUL, steps=steps, restarts=restarts, use_encoder=encoded
    )
    picture = _read(task.picture, loaded.trained.space.shape)
    prepare_folder(task.out, task.overwrite, PARTS)
    x = array_to_float(picture[None])
    completion = complete_pictures(plan.model, x, nothing_missing(x), plan.preset, seed=task.seed)
    with torch.no_grad():
        generated = plan.model.G(completion.z.to(x))
    error = float((generated - x).square().mean().sqrt())
    results = {
        "picture": str(task.picture),
        "run": str(loaded.folder),
        "error": round(error, 4),
        "length": round(float(completion.z.norm() / completion.z.shape[1] ** 0.5), 4),
        "encoder": plan.model.E is not None,
    }
    write_npz(task.out / "latent.npz", {"z": completion.z.numpy()})
    pair = np.concatenate([picture, to_uint8(generated)[0]], 1)
    write_picture(task.out / "inversion.png", pair)
    write_json(task.out / RESULTS, results)
    return results


def _read(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Read a picture at the run's size, uint8 (H, W, C)."""
    channels, height, width = shape
    with picture_file(path) as image:
        pixels = np.array(image.convert(MODES[channels]))
    tall, wide = pixels.shape[:2]
    side = min(tall / height, wide / width)
    rows, columns = round(side * height), round(side * width)
    top, left = (tall - rows) // 2, (wide - columns) // 2
    cut = pixels[top : top + rows, left : left + columns]
    small = cut if cut.shape[:2] == (height, width) else _resized(cut, (width, height))
    return small[..., None] if small.ndim == 2 else small


def _resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = picture.shape[0] > size[1]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
