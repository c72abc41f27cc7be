"""Several completions of each picture, ranked by loss, with a map of their spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sparring.inverse.blend.poisson import Blend
from sparring.inverse.comparison import Comparison, as_levels
from sparring.runs.files import write_picture
from sparring.tasks.complete.figure import rows_of_pictures

PARTS = ("ranked.png", "ranked", "spread")
BLANK = 255


@dataclass(frozen=True)
class RankedCompletions:
    """The distinct completions of n pictures, best first."""

    filled: list[np.ndarray]
    """Completions of each picture, uint8 (k, H, W, C); k is at most `keep`."""
    losses: list[list[float]]
    """Loss of each completion, by picture."""
    spread: np.ndarray
    """Expected error of each missing pixel in levels of 255, uint8 (n, H, W, 1); 0 where known."""
    keep: int
    """Completions that were asked for of each picture."""

    def columns(self) -> dict[str, np.ndarray]:
        """Return columns of a figure by heading: "completion 1" to "completion k", and "spread".

        k is `keep`.  The columns are uint8 (n, H, W, C); where a picture has fewer completions, its cell is
        white.  "spread", (n, H, W, 1), is scaled so that its largest value over all pictures is 255.
        """
        shape = self.filled[0].shape[1:]
        blank = np.full(shape, BLANK, np.uint8)
        ranks = {
            f"completion {rank + 1}": np.stack(
                [completions[rank] if rank < len(completions) else blank for completions in self.filled]
            )
            for rank in range(self.keep)
        }
        brightest = max(1, int(self.spread.max()))
        return {**ranks, "spread": np.rint(self.spread * (255.0 / brightest)).astype(np.uint8)}


def rank_completions(
    result: Comparison, pictures: np.ndarray, missing: np.ndarray, blend: Blend, scale: float, keep: int
) -> RankedCompletions:
    """Blend the distinct completions of each picture into it, and return them with their losses and spread.

    `result` is that of `compare` with `keep` at least 1.  `pictures` are uint8 (n, H, W, C), `missing` is
    bool (n, H, W).  `scale` is `Calibration.spread`: the expected error of a missing pixel is `scale` times
    the restarts' standard deviation, in levels of 255.
    """
    filled = []
    for picture, hole, completion in zip(pictures, missing, result.completion.kept, strict=True):
        count = len(completion.raw)
        copies, holes = np.repeat(picture[None], count, 0), np.repeat(hole[None], count, 0)
        filled.append(blend(copies, as_levels(completion.raw), holes))
    std = scale * result.completion.spread.numpy() * missing  # in a range of 2
    levels = np.clip(np.rint(127.5 * std), 0, 255).astype(np.uint8)[..., None]
    losses = [[round(float(loss), 4) for loss in completion.loss] for completion in result.completion.kept]
    return RankedCompletions(filled, losses, levels, keep)


def write_alternatives(
    out: Path,
    names: list[str],
    ranked: RankedCompletions,
    beside: Mapping[str, np.ndarray],
    missing: np.ndarray,
) -> list[list[dict[str, Any]]]:
    """Write all completions, spread maps and `ranked.png` to `out`; return files and losses by picture.

    The files are `ranked/NAME-RANK.png`, from rank 1, and `spread/NAME.png`.  `beside` are columns of
    `ranked.png`, uint8 (n, H, W, C): "damaged", drawn first with its pixels `missing`, bool (n, H, W),
    hatched, and perhaps "true", drawn last.  The result has for each picture a list, best first, of dicts
    with "file", relative to `out`, and "loss".
    """
    entries = []
    for name, filled, losses, spread in zip(names, ranked.filled, ranked.losses, ranked.spread, strict=True):
        files = [f"ranked/{name}-{rank}.png" for rank in range(1, len(filled) + 1)]
        for file, picture in zip(files, filled, strict=True):
            write_picture(out / file, picture)
        write_picture(out / f"spread/{name}.png", spread)
        entries.append([{"file": file, "loss": loss} for file, loss in zip(files, losses, strict=True)])
    columns = {"damaged": beside["damaged"], **ranked.columns()} | {
        name: values for name, values in beside.items() if name != "damaged"
    }
    write_picture(out / "ranked.png", rows_of_pictures(columns, hatched={"damaged": missing}))
    return entries
