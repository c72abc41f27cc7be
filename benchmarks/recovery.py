"""Pictures that the generator made itself, with holes: how many searches find them again.

    python -m benchmarks.recovery NAME RUN [COUNT]

adds rows to `benchmarks/results/recovery.json`; `python -m benchmarks.tables` writes them into the docs.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.completion import MASKS
from benchmarks.merged import merge
from sparring.core.pixels import to_float, to_uint8
from sparring.inverse.blend.poisson import poisson
from sparring.inverse.comparison import as_levels
from sparring.inverse.masks import masks
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import PRESETS
from sparring.inverse.solver import complete_pictures
from sparring.metrics.images import psnr_hole
from sparring.tasks.opening.loaded import load

RESULTS = Path(__file__).parent / "results" / "recovery.json"
ENOUGH = 30.0
"""Decibels in the hole from which a picture counts as found again."""


def measured(name: str, run: Path, count: int, preset: str = "faithful") -> list[dict[str, object]]:
    """One row a mask."""
    torch.set_num_threads(1)
    held = load(run)
    latent = held.trained.recipe.latent
    z = latent.sample(count, torch.Generator().manual_seed(12345))
    with torch.no_grad():
        x = held.trained.generator()(z)
    truth = to_uint8(x)
    x = to_float(torch.from_numpy(truth)).contiguous()
    rows = []
    for mask in MASKS:
        missing = masks(mask, count, *truth.shape[1:3], 0)
        began = time.perf_counter()
        model = FrozenModel.of(held.trained)
        found = complete_pictures(model, x, torch.from_numpy(missing), PRESETS[preset], seed=0)
        seconds = (time.perf_counter() - began) / count
        scores = psnr_hole(poisson(truth, as_levels(found.raw), missing), truth, missing)
        row = {"data": name, "mask": mask, "preset": preset, "pictures": count}
        share, middle = float((scores >= ENOUGH).mean()), float(np.median(scores))
        rows.append(
            {**row, "found": round(share, 3), "median": round(middle, 1), "seconds": round(seconds, 3)}
        )
        print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    """Measure one run and replace its rows."""
    name, run = sys.argv[1:3]
    rows = measured(name, Path(run), int(sys.argv[3]) if len(sys.argv) > 3 else 100)
    merge(RESULTS, name, rows)


if __name__ == "__main__":
    main()
