"""`sparring direction RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed
from sparring.cli.tables import direction_lines


@dataclass(frozen=True)
class Direction:
    """Which run, and which label."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.Towards]


def main(argv: Sequence[str]) -> int:
    """Parse, fit, report."""
    given = parsed(Direction, "direction", argv, "Find which way in a run's latent space a label lies.")
    print("\n".join([*direction_lines(api.direction(given.run, given.task)), str(given.task.out)]))
    return 0
