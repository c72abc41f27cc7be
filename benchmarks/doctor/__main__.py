"""Plant failures, let the doctor mend them, and write what came of it.

`python -m benchmarks.doctor [--seeds 1 2] [--jobs 2] [--only NAME] [--no-mend] [--fashion FILE.npz:X:Y]`
Fashion-MNIST is read from the folder that SPARRING_DATA names, and left out without it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from benchmarks.__main__ import RESULTS, where
from benchmarks.doctor.planted import plants
from benchmarks.doctor.trial import Trial, tried
from sparring.data.protocol import FOLDER

FASHION = "fashion_mnist.npz:train_x:train_y"


def main(words: list[str]) -> int:
    """Run all trials and write `benchmarks/results/doctor.json`."""
    parser = argparse.ArgumentParser(prog="benchmarks.doctor")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument(
        "--fashion", default=f"{os.environ[FOLDER]}/{FASHION}" if FOLDER in os.environ else ""
    )
    parser.add_argument("--no-mend", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS / "doctor.json")
    given = parser.parse_args(words)
    todo = [
        Trial(plant.name, ward, seed)
        for seed in given.seeds
        for plant in plants()
        for ward in plant.wards
        if given.fashion or ward != "fashion"
        if given.only in f"{plant.name} | {ward}"
    ]
    rows: list[dict[str, Any]] = []
    here = {**where(), "seeds": given.seeds}
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(given.jobs) as pool:
        waiting = [
            pool.submit(tried, trial, given.fashion, Path(folder), not given.no_mend) for trial in todo
        ]
        for done in as_completed(waiting):
            rows.append(done.result())
            print(json.dumps(rows[-1]), flush=True)
            rows.sort(key=lambda row: todo.index(Trial(*(row[key] for key in ("plant", "ward", "seed")))))
            given.out.write_text(json.dumps({**here, "rows": rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
