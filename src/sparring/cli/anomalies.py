"""`sparring anomalies RUN`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse
from sparring.cli.tables import anomalies_table


def main(argv: Sequence[str]) -> int:
    """Score pictures, print the highest scores and the output folder; return 0."""
    about = "Score pictures by their distance to the nearest samples of a run, and map where they differ."
    args = parse(TaskOnRun[api.Anomalies], "anomalies", argv, about)
    with api.interruptible(), api.progress_bar("searching") as progress:
        results = api.anomalies(args.run, args.task, progress=progress)
    anomalies_table(results)
    print(args.task.out)
    return 0
