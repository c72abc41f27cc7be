"""`sparring calibrate RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed


@dataclass(frozen=True)
class Calibrate:
    """Which run is calibrated, and on how much."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    how: tyro.conf.OmitArgPrefixes[api.Calibrating]


def main(argv: Sequence[str]) -> int:
    """Parse, calibrate, report."""
    about = "Find a run's completion settings on pictures that it kept aside, and what is usual of them."
    given = parsed(Calibrate, "calibrate", argv, about)
    with api.bar("calibrating") as progress:
        found = api.calibrate(given.run, given.how, progress=progress)
    for name, value in found.items():
        print(f"{name:10} {value:g}")
    return 0
