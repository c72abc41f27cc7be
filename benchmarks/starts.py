"""Quality against time: the default search after few and many steps, with and without the run's encoder.

    python -m benchmarks.starts NAME RUN DATA [LIMIT] [STEPS ...]

adds rows to `benchmarks/results/starts.json`; `python -m benchmarks.tables` writes them into the docs.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from benchmarks.completion import MASKS
from benchmarks.merged import merge
from sparring import api

RESULTS = Path(__file__).parent / "results" / "starts.json"
STEPS = (0, 5, 20, 100)


def measured(name: str, run: Path, data: str, limit: int, counts: Sequence[int]) -> list[dict[str, object]]:
    """One row a number of steps, with and without E: means over the four masks."""
    rows = []
    for encoder in ("off", "auto"):
        for steps in counts:
            scores = []
            for mask in MASKS:
                with tempfile.TemporaryDirectory() as folder:
                    out = Path(folder) / "out"
                    task = api.CompletionTask(
                        data, mask, out, limit=limit, steps=steps, encoder=encoder, threads=1
                    )
                    scores.append(api.complete(run, task)["methods"]["sparring"])
            row = {"data": name, "encoder": encoder == "auto", "steps": steps, "pictures": limit}
            means = {
                key: round(mean(one[key] for one in scores), 4) for key in ("psnr_hole", "seconds_per_image")
            }
            rows.append({**row, **means})
            print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    """Measure one run and replace its rows."""
    name, run, data = sys.argv[1:4]
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else 64
    rows = measured(name, Path(run), data, limit, tuple(map(int, sys.argv[5:])) or STEPS)
    merge(RESULTS, name, rows)


if __name__ == "__main__":
    main()
