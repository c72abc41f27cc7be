"""`sparring restore RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.tables import scores_table


@dataclass(frozen=True)
class RestoreArguments:
    """The run and the pictures to restore."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.RestorationTask]


def main(argv: Sequence[str]) -> int:
    """Parse, restore, report."""
    args = parse(
        RestoreArguments, "restore", argv, "Undo blur, low resolution, lost colour, noise and other damage."
    )
    with api.interruptible(), api.progress_bar("restoring") as progress:
        results = api.restore(args.run, args.task, progress=progress)
    if results["methods"]:
        scores_table(results["methods"])
    print(args.task.out)
    return 0
