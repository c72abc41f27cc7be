"""`sparring arithmetic RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed

DESCRIPTION = "Draw the mean of some samples, less that of others, plus that of a third kind, summed in z."


@dataclass(frozen=True)
class Arithmetic:
    """Which run, and which sum."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[tyro.conf.UseAppendAction[api.Sum]]


def main(argv: Sequence[str]) -> int:
    """Parse, sum, report."""
    given = parsed(Arithmetic, "arithmetic", argv, DESCRIPTION)
    for path in api.arithmetic(given.run, given.task):
        print(path)
    return 0
