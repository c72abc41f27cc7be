"""Calibrate a run's completion on pictures that it kept aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.run import Device
from sparring.engine.trained import fingerprint
from sparring.inverse.calibration import FILE, keep
from sparring.inverse.encoder import encoder
from sparring.runs.split import material
from sparring.tasks.calibrate.search import calibrated
from sparring.tasks.opening.loaded import load


@dataclass(frozen=True)
class Calibrating:
    """How to calibrate."""

    pictures: int = 64
    """Pictures that are used, of those kept aside, and at most half of these."""
    seed: int = 0
    """Seed of masks and starting points."""
    device: Device = "auto"
    """Where to search; auto: on a GPU where there is one."""
    threads: int | None = None
    """CPU threads; None: those of the run."""
    overwrite: bool = False
    """Replace a calibration that stands there."""


def calibrate(
    folder: Path, given: Calibrating, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Find the prior's weight, how G(z) errs and the range of usual pictures; kept beside the checkpoints.

    Half of what the run kept aside is left for others to be judged on: what is calibrated on is never
    completed as if unseen.  Raises `BadInput` where the run kept too little aside.
    """
    held = load(folder)
    held.require_pictures()
    if given.pictures < 4:
        raise BadInput(f"--pictures {given.pictures}: give 4 or more")
    if (held.folder / FILE).exists() and not given.overwrite:
        raise BadInput(f"{held.folder / FILE}: exists; give --overwrite to calibrate anew")
    found = material(held.record.run, held.trained.recipe)
    aside = found.held[np.argsort(found.digests[found.held])]
    index = np.sort(aside[: min(given.pictures, len(aside) // 2)])
    if len(index) < 4:
        raise BadInput(f"{folder}: kept {len(aside)} pictures aside (--holdout); calibration needs 8 or more")
    E = encoder(held.folder, held.trained)
    with held.machine(given.threads, given.device).in_force(held.trained.nets, E):
        best, tried = calibrated(
            held.trained.generator(),
            held.trained.critic(),
            held.trained.recipe.latent,
            found.dataset.x[index],
            seed=given.seed,
            E=E,
            progress=progress,
        )
    keep(held.folder, fingerprint(held.trained.generator()), best, tried, found.digests[index])
    told = {name: value for name, value in asdict(best).items() if isinstance(value, float)}
    about = {"window": best.window or 0, "bf16": best.bf16, "measured": best.measured is not None}
    return {**told, **about, "pictures": len(index)}
