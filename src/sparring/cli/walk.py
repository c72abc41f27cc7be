"""`sparring walk RUN`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse
from sparring.cli.tables import walk_table


def main(argv: Sequence[str]) -> int:
    """Walk between samples, print the smoothness of each leg and the output folder; return 0."""
    about = "Interpolate between samples of a run and back: strips and a movie."
    args = parse(TaskOnRun[api.Walk], "walk", argv, about)
    walk_table(api.walk(args.run, args.task)["legs"])
    print(args.task.out)
    return 0
