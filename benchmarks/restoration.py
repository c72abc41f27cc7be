"""Restore held-out pictures of a run from several damages, and keep the means.

    python -m benchmarks.restoration NAME RUN DATA LIMIT

replaces the rows of NAME in `benchmarks/results/restoration.json`; `python -m benchmarks.tables` writes them
into the docs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.merged import merge
from sparring import api
from sparring.tasks.opening.loaded import load

RESULTS = Path(__file__).parent / "results" / "restoration.json"
DAMAGES = (
    "down:2",
    "down:4",
    "down:4+noise:0.05",
    "blur:1.5",
    "blur:2+noise:0.05",
    "motion:5:30+noise:0.02",
    "mask:random:0.5+noise:0.05",
    "mask:random:0.5+blur:1",
    "noise:0.1",
    "noise:0.2",
    "jpeg:10",
    "quantise:4",
)
COLOUR = ("grey", "grey+down:2")
"""Of runs on colour pictures, too."""

METHODS = ("damaged", "smooth", "generated", "sparring")


def measured(name: str, run: Path, data: str, limit: int) -> list[dict[str, object]]:
    """One row a damage: means of the scores of each method, and of the residuals."""
    rows, colour = [], load(run).trained.space.shape[0] == 3
    for damage in (*DAMAGES, *(COLOUR if colour else ())):
        with tempfile.TemporaryDirectory() as folder:
            task = api.RestorationTask(data, damage, Path(folder) / "out", limit=limit, threads=1)
            found = api.restore(run, task)
        scores = {m: {k: round(v, 4) for k, v in found["methods"][m].items()} for m in METHODS}
        residuals = {key: round(fmean(found[key]), 4) for key in ("residual_generated", "residual", "noise")}
        about = {"data": name, "damage": damage, "pictures": found["pictures"], "steps": found["step"]}
        rows.append({**about, **residuals, "methods": scores})
        print(json.dumps(rows[-1]), flush=True)
    return rows


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """PSNR and SSIM of each method by data and damage."""
    lines = [
        "| data | damage | PSNR, dB: seen | without G | G(z) | both | SSIM: seen | without G | G(z) | both |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        psnr, ssim = ([row["methods"][m][key] for m in METHODS] for key in ("psnr", "ssim"))
        cells = [f"{row['data']}, {row['pictures']}", f"`{row['damage']}`"]
        cells += [_marked(v, psnr, 2) for v in psnr] + [_marked(v, ssim, 3) for v in ssim]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _marked(value: float, among: Sequence[float], digits: int) -> str:
    text = f"{value:.{digits}f}"
    return f"**{text}**" if value == max(among) else text


def main() -> None:
    """Measure one run and replace its rows."""
    name, run, data, limit = sys.argv[1:5]
    rows = measured(name, Path(run), data, int(limit))
    merge(RESULTS, name, rows)


if __name__ == "__main__":
    main()
