"""Complete held-out pictures of a run with every mask of the protocol, and keep the means.

    python -m benchmarks.completion NAME RUN DATA [LIMIT] [PRESET[+E] ...]

completes without the run's encoder, or with it (+E), and adds rows to `benchmarks/results/completion.json`;
`python -m benchmarks.tables` writes them into the docs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.merged import merge
from sparring import api

RESULTS = Path(__file__).parent / "results" / "completion.json"
WITH_E = "+E"
MASKS = ("centre", "half", "pattern:0.25", "random:0.8")
SCORES = ("psnr_hole", "psnr_raw", "psnr", "ssim", "features", "seconds_per_image")


Row = Mapping[str, object]


def measured(name: str, run: Path, data: str, limit: int, presets: tuple[str, ...]) -> list[Row]:
    """One row a mask and preset; the baselines stand in the rows of the first preset."""
    rows: list[Row] = []
    for mask in MASKS:
        for preset in presets:
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out"
                plain, encoder = preset.removesuffix(WITH_E), "auto" if preset.endswith(WITH_E) else "off"
                task = api.CompletionTask(
                    data, mask, out, limit=limit, preset=plain, encoder=encoder, threads=1
                )
                found = api.complete(run, task)
            kept = found["methods"] if preset == presets[0] else {"sparring": found["methods"]["sparring"]}
            means = {m: {k: round(row[k], 4) for k in SCORES if k in row} for m, row in kept.items()}
            about = {"data": name, "mask": mask, "preset": preset, "pictures": found["pictures"]}
            rows.append({**about, "steps": found["step"], "threads": found["threads"], "methods": means})
            print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    """Measure one run and replace its rows; those of other presets of the same run and pictures stay."""
    name, run, data = sys.argv[1:4]
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    rows = measured(name, Path(run), data, limit, tuple(sys.argv[5:]) or ("default",))
    old = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    merge(RESULTS, name, beside(rows, [row for row in old if row["data"] == name]))


def beside(rows: Sequence[Row], old: Sequence[Row]) -> list[Row]:
    """The rows, and those old ones of the same run and pictures that they do not replace, by mask."""
    same = [row for row in old if all(row[key] == rows[0][key] for key in ("steps", "pictures"))]
    new = {(row["mask"], row["preset"]) for row in rows}
    stay = [row for row in same if (row["mask"], row["preset"]) not in new]
    return sorted([*stay, *rows], key=lambda row: MASKS.index(str(row["mask"])))


if __name__ == "__main__":
    main()
