"""Run every benchmark and write its result."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path

import torch

from benchmarks import startup, steps

RESULTS = Path(__file__).parent / "results"


def where() -> dict[str, object]:
    """Machine, versions, commit and date, to stand beside every number."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
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


def main() -> None:
    """Measure, print, write."""
    RESULTS.mkdir(exist_ok=True)
    for name, measure in (("startup", startup.measured), ("steps", steps.measured)):
        rows = measure()
        for row in rows:
            print(name, json.dumps(row))
        (RESULTS / f"{name}.json").write_text(json.dumps({**where(), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
