"""`sparring mend RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed


@dataclass(frozen=True)
class Mend:
    """Which run completes which pictures."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.Photographs]


def main(argv: Sequence[str]) -> int:
    """Parse, complete, report."""
    given = parsed(Mend, "mend", argv, "Complete pictures of any size with a run, at their own size.")
    with api.interruptible(), api.bar("mending") as progress:
        results = api.mend(given.run, given.task, progress=progress)
    for row in results["pictures"]:
        holes = f"{row['holes']} hole{'s' if row['holes'] > 1 else ''}"
        softer = f", solved {row['coarsest']:g} times smaller" if row["coarsest"] > 1 else ""
        print(f"{given.task.out / row['file']}: {holes}{softer}")
    return 0
