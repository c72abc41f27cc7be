"""`sparring complete RUN`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse
from sparring.cli.tables import scores_table


def main(argv: Sequence[str]) -> int:
    """Complete pictures, print the scores or the files written; return 0."""
    about = "Complete damaged pictures with a run; photographs at their own size."
    args = parse(TaskOnRun[api.CompletionTask], "complete", argv, about)
    with api.interruptible(), api.progress_bar("completing") as progress:
        results = api.complete(args.run, args.task, progress=progress)
    if "methods" in results:
        scores_table(results["methods"])
        print(args.task.out)
    for row in results.get("files", ()):
        holes = f"{row['holes']} hole{'s' if row['holes'] > 1 else ''}"
        scale = f", solved {row['coarsest']:g} times smaller" if row["coarsest"] > 1 else ""
        print(f"{args.task.out / row['file']}: {holes}{scale}")
    return 0
