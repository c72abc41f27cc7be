"""`sparring direction RUN`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse
from sparring.cli.tables import direction_lines


def main(argv: Sequence[str]) -> int:
    """Find the direction of a label, print how well it separates, and the folder; return 0."""
    about = "Find the direction of a label in a run's latent space."
    args = parse(TaskOnRun[api.DirectionTask], "direction", argv, about)
    print("\n".join([*direction_lines(api.direction(args.run, args.task)), str(args.task.out)]))
    return 0
