"""Run the benchmarks named, or all, and write their results."""

from __future__ import annotations

import datetime
import json
import logging
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch

from benchmarks import blending, editing, growth, parts, quality, startup, steps, watching

RESULTS = Path(__file__).parent / "results"

BENCHMARKS: Mapping[str, Callable[[], list[dict[str, object]]]] = {
    "startup": startup.measured,
    "steps": steps.measured,
    "parts": parts.measured,
    "watching": watching.measured,
    "editing": editing.measured,
    "growth": growth.measured,
    "blending": blending.measured,
    "quality": quality.measured,
}


def where() -> dict[str, object]:
    """Machine, versions, commit and date, to stand beside every number."""
    git = shutil.which("git") or "false"
    commit = subprocess.run(
        [git, "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False
    )
    return {
        "date": datetime.date.today().isoformat(),
        "commit": commit.stdout.strip(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def workers(jobs: int) -> ProcessPoolExecutor:
    """Processes that play side by side, without a word about it."""
    return ProcessPoolExecutor(jobs, initializer=logging.disable, initargs=(logging.WARNING,))


def main(names: list[str]) -> int:
    """Measure, print, write."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    RESULTS.mkdir(exist_ok=True)
    here = where()
    for name in names or BENCHMARKS:
        rows = BENCHMARKS[name]()
        for row in rows:
            print(name, json.dumps(row), flush=True)
        (RESULTS / f"{name}.json").write_text(json.dumps({**here, "rows": rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
