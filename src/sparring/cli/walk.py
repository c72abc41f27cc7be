"""`sparring walk RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.tables import walk_table


@dataclass(frozen=True)
class WalkArguments:
    """The run and the walk."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.Walk]


def main(argv: Sequence[str]) -> int:
    """Parse, walk, report."""
    args = parse(
        WalkArguments, "walk", argv, "Interpolate between samples of a run and back: strips and a movie."
    )
    walk_table(api.walk(args.run, args.task)["legs"])
    print(args.task.out)
    return 0
