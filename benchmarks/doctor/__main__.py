"""Plant failures, let the doctor repair them, and write what came of it.

`python -m benchmarks.doctor [--seeds 31 32] [--controls 51 70] [--jobs 2] [--only NAME] [--no-repair]
[--fashion FILE.npz:X:Y] [--out FILE]`.  Healthy games are played on the seeds from the first of `controls` to
the last.  What FILE holds already of this commit is kept, so that a benchmark that was stopped goes on.
Fashion-MNIST is read from the folder that SPARRING_DATA names, and left out without it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import as_completed
from pathlib import Path
from typing import Any

from benchmarks.__main__ import RESULTS, where, workers
from benchmarks.doctor.outcome import HEALTHY
from benchmarks.doctor.planted import plants
from benchmarks.doctor.trial import Trial, tried
from sparring.data.protocol import FOLDER
from sparring.runs.files import read_json, write_json

FASHION = "fashion_mnist.npz:train_x:train_y"


def main(words: list[str]) -> int:
    """Run all trials and write `benchmarks/results/doctor.json`."""
    given = _given(words)
    every = _every(given)
    here = {**where(), "seeds": given.seeds, "controls": given.controls}
    kept = _kept(given.out, str(here["commit"]))
    rows: list[dict[str, Any]] = [row for row in kept if _trial(row) in every]
    done = [_trial(row) for row in rows]
    with tempfile.TemporaryDirectory() as folder, workers(given.jobs) as pool:
        waiting = [
            pool.submit(tried, trial, given.fashion, Path(folder), not given.no_repair)
            for trial in every
            if trial not in done
        ]
        for ended in as_completed(waiting):
            rows.append(ended.result())
            print(json.dumps(rows[-1]), flush=True)
            rows.sort(key=lambda row: every.index(_trial(row)))
            write_json(given.out, {**here, "rows": rows})
    return 0


def _given(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.doctor")
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32])
    parser.add_argument("--controls", type=int, nargs=2, default=[51, 70])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    parser.add_argument(
        "--fashion", default=f"{os.environ[FOLDER]}/{FASHION}" if FOLDER in os.environ else ""
    )
    parser.add_argument("--no-repair", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS / "doctor.json")
    return parser.parse_args(words)


def _every(given: argparse.Namespace) -> list[Trial]:
    """All trials, healthy ones first."""
    first, last = given.controls
    return [
        Trial(plant.name, ward, seed)
        for plant in plants()
        for ward in plant.wards
        for seed in (range(first, last + 1) if plant.name == HEALTHY else given.seeds)
        if given.fashion or ward != "fashion"
        if given.only in f"{plant.name} | {ward}"
    ]


def _trial(row: dict[str, Any]) -> Trial:
    return Trial(row["plant"], row["ward"], row["seed"])


def _kept(out: Path, commit: str) -> list[dict[str, Any]]:
    """The rows of a file that were measured at this commit, to which nothing was changed."""
    there = read_json(out) if out.is_file() else {}
    return list(there["rows"]) if there.get("commit") == commit and not commit.endswith("+") else []


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
