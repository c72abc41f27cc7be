"""`sparring restore RUN`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse
from sparring.cli.tables import scores_table


def main(argv: Sequence[str]) -> int:
    """Restore pictures, print the scores, if any, and the output folder; return 0."""
    about = "Undo blur, low resolution, lost colour, noise and other damage."
    args = parse(TaskOnRun[api.RestorationTask], "restore", argv, about)
    with api.interruptible(), api.progress_bar("restoring") as progress:
        results = api.restore(args.run, args.task, progress=progress)
    if results["methods"]:
        scores_table(results["methods"])
    print(args.task.out)
    return 0
