"""`sparring complete RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed
from sparring.cli.tables import scores_table


@dataclass(frozen=True)
class Complete:
    """The run and the pictures to complete."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.Task]


def main(argv: Sequence[str]) -> int:
    """Parse, complete, report."""
    args = parsed(Complete, "complete", argv, "Complete damaged pictures with a run and with four baselines.")
    with api.interruptible(), api.bar("completing") as progress:
        results = api.complete(args.run, args.task, progress=progress)
    scores_table(results["methods"])
    print(args.task.out)
    return 0
