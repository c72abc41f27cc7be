"""Calibrate a run's completion on its held-out pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.run import Device
from sparring.engine.trained import fingerprint
from sparring.inverse.calibration import FILE, save_calibration
from sparring.inverse.encoder import load_encoder
from sparring.inverse.optimise import FrozenModel
from sparring.tasks.calibrate.search import find_calibration
from sparring.tasks.opening.loaded import load_for_search


@dataclass(frozen=True)
class CalibrationTask:
    """Options of calibration."""

    pictures: int = 64
    """Held-out pictures to use; at most half of them are taken."""
    seed: int = 0
    """Seed of masks and starting points."""
    device: Device = "auto"
    """Device of the search; auto: a GPU if there is one."""
    threads: int | None = None
    """CPU threads; None: as many as in training."""
    overwrite: bool = False
    """Replace an existing calibration."""


def calibrate(
    folder: Path, options: CalibrationTask, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Tune the completion settings of the run at `folder` on its held-out pictures; store and return them.

    The entries are "prior" (weight of the prior), "features" (share of the feature distance), "perceptual"
    (weight of D's score), "decay" and "stiffness" of the spline, "spread" (factor on the restarts' standard
    deviation), "residual" and "length" (the limits of typical pictures), "window" (side in pixels, 0: none),
    "bf16", "measured" (whether errors by frequency blend best) and "pictures", the number used; see
    `Calibration`.  They are stored beside the checkpoints.

    At most half of the held-out pictures are used, so that the others remain for evaluation: pictures of the
    calibration are never completed as if unseen.  `progress` is called with the cases searched so far and
    their total.  Raises `BadInput` if `options.pictures` is under 4, the run has fewer than 8 held-out
    pictures, or it has a calibration and `options.overwrite` is not set.
    """
    loaded = load_for_search(folder)
    if options.pictures < 4:
        raise BadInput(f"--pictures {options.pictures}: give 4 or more")
    if (loaded.folder / FILE).exists() and not options.overwrite:
        raise BadInput(f"{loaded.folder / FILE}: exists; give --overwrite to calibrate again")
    data = loaded.run_data()
    held_out = data.held[np.argsort(data.digests[data.held])]
    index = np.sort(held_out[: min(options.pictures, len(held_out) // 2)])
    if len(index) < 4:
        raise BadInput(
            f"{folder}: has {len(held_out)} held-out pictures (--holdout); calibration needs 8 or more"
        )
    model = FrozenModel.of(loaded.trained, load_encoder(loaded.folder, loaded.trained))
    with loaded.machine(options.threads, options.device).activate(loaded.trained.nets, model.E):
        pictures = data.dataset.x[index]
        best, tried = find_calibration(model, pictures, seed=options.seed, progress=progress)
    save_calibration(loaded.folder, fingerprint(loaded.trained.generator()), best, tried, data.digests[index])
    values = {name: value for name, value in asdict(best).items() if isinstance(value, float)}
    facts = {"window": best.window or 0, "bf16": best.bf16, "measured": best.measured is not None}
    return {**values, **facts, "pictures": len(index)}
