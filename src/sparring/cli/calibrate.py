"""`sparring calibrate RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class CalibrateArguments:
    """The run to calibrate, and the settings of the calibration."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    how: tyro.conf.OmitArgPrefixes[api.CalibrationTask]


def main(argv: Sequence[str]) -> int:
    """Parse, calibrate, report."""
    about = "Tune a run's completion settings on its held-out pictures, and record their usual scores."
    args = parse(CalibrateArguments, "calibrate", argv, about)
    with api.progress_bar("calibrating") as progress:
        settings = api.calibrate(args.run, args.how, progress=progress)
    for name, value in settings.items():
        print(f"{name:10} {value:g}")
    return 0
