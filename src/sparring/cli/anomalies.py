"""`sparring anomalies RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.tables import anomalies_table


@dataclass(frozen=True)
class AnomaliesArguments:
    """The run and the pictures to score."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    given: tyro.conf.OmitArgPrefixes[api.Anomalies]


def main(argv: Sequence[str]) -> int:
    """Parse, score, report."""
    about = "Score pictures by their distance to the nearest samples of a run, and map where they differ."
    args = parse(AnomaliesArguments, "anomalies", argv, about)
    with api.interruptible(), api.progress_bar("searching") as progress:
        results = api.anomalies(args.run, args.given, progress=progress)
    anomalies_table(results)
    print(args.given.out)
    return 0
