"""Several answers for each picture, ranked, and the map of where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sparring.inverse.blend.poisson import Blend
from sparring.inverse.comparison import Trial, as_levels
from sparring.runs.files import write_picture
from sparring.tasks.complete.figure import rows_of_pictures

PARTS = ("ranked.png", "ranked", "spread")
BLANK = 255


@dataclass(frozen=True)
class Answers:
    """The distinct completions of n pictures, the best first."""

    filled: list[np.ndarray]
    """Of each picture, uint8 (k, H, W, C), k at most `keep`."""
    losses: list[list[float]]
    spread: np.ndarray
    """Expected error of each missing pixel, uint8 (n, H, W, 1) of 255 levels; 0 where known."""
    keep: int

    def columns(self) -> dict[str, np.ndarray]:
        """By rank, all pictures' completions, blank where there are no more; then the spread."""
        shape = self.filled[0].shape[1:]
        blank = np.full(shape, BLANK, np.uint8)
        ranks = {
            f"answer {rank + 1}": np.stack([one[rank] if rank < len(one) else blank for one in self.filled])
            for rank in range(self.keep)
        }
        brightest = max(1, int(self.spread.max()))
        return {**ranks, "spread": np.rint(self.spread * (255.0 / brightest)).astype(np.uint8)}


def answers(
    found: Trial, pictures: np.ndarray, missing: np.ndarray, blend: Blend, scale: float, keep: int
) -> Answers:
    """What a search with `keep` found, blended; `scale` is the calibrated factor on the spread."""
    filled = []
    for picture, hole, one in zip(pictures, missing, found.completion.kept, strict=True):
        many = len(one.raw)
        copies, holes = np.repeat(picture[None], many, 0), np.repeat(hole[None], many, 0)
        filled.append(blend(copies, as_levels(one.raw), holes))
    deviation = scale * found.completion.spread.numpy() * missing  # in a range of 2
    levels = np.clip(np.rint(127.5 * deviation), 0, 255).astype(np.uint8)[..., None]
    losses = [[round(float(loss), 4) for loss in one.loss] for one in found.completion.kept]
    return Answers(filled, losses, levels, keep)


def written(
    out: Path, names: list[str], found: Answers, beside: Mapping[str, np.ndarray], missing: np.ndarray
) -> list[list[dict[str, Any]]]:
    """Write all answers, spread maps and `ranked.png`; by picture, files and losses."""
    told = []
    for name, filled, losses, spread in zip(names, found.filled, found.losses, found.spread, strict=True):
        files = [f"ranked/{name}-{rank}.png" for rank in range(1, len(filled) + 1)]
        for file, picture in zip(files, filled, strict=True):
            write_picture(out / file, picture[..., 0] if picture.shape[-1] == 1 else picture)
        write_picture(out / f"spread/{name}.png", spread[..., 0])
        told.append([{"file": file, "loss": loss} for file, loss in zip(files, losses, strict=True)])
    columns = {"damaged": beside["damaged"], **found.columns()} | {
        name: values for name, values in beside.items() if name != "damaged"
    }
    write_picture(out / "ranked.png", rows_of_pictures(columns, hatched={"damaged": missing}))
    return told
