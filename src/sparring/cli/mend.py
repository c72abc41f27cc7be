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
    """The run and the pictures to inpaint."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.Photographs]


def main(argv: Sequence[str]) -> int:
    """Parse, complete, report."""
    args = parsed(Mend, "mend", argv, "Inpaint pictures of any size with a run, at their own resolution.")
    with api.interruptible(), api.bar("inpainting") as progress:
        results = api.mend(args.run, args.task, progress=progress)
    for row in results["pictures"]:
        holes = f"{row['holes']} hole{'s' if row['holes'] > 1 else ''}"
        scale = f", solved {row['coarsest']:g} times smaller" if row["coarsest"] > 1 else ""
        print(f"{args.task.out / row['file']}: {holes}{scale}")
    return 0
