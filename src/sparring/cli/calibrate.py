"""`sparring calibrate RUN`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse


def main(argv: Sequence[str]) -> int:
    """Calibrate a run, print the settings; return 0."""
    about = "Tune a run's completion settings on its held-out pictures, and record their usual scores."
    args = parse(TaskOnRun[api.CalibrationTask], "calibrate", argv, about)
    with api.progress_bar("calibrating") as progress:
        settings = api.calibrate(args.run, args.task, progress=progress)
    for name, value in settings.items():
        print(f"{name:10} {value:g}")
    return 0
