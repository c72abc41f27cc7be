"""`sparring direction RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.tables import direction_lines


@dataclass(frozen=True)
class DirectionArguments:
    """The run and the label."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.DirectionTask]


def main(argv: Sequence[str]) -> int:
    """Parse, fit, report."""
    args = parse(
        DirectionArguments, "direction", argv, "Find the direction of a label in a run's latent space."
    )
    print("\n".join([*direction_lines(api.direction(args.run, args.task)), str(args.task.out)]))
    return 0
