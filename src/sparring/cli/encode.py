"""`sparring encode RUN`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse
from sparring.cli.tables import errors_table


def main(argv: Sequence[str]) -> int:
    """Train an encoder, print its errors and return 0; return 130 if the training was stopped."""
    about = "Train an encoder to initialise completions, without data; the same command continues it."
    args = parse(TaskOnRun[api.EncoderTraining], "encode", argv, about)
    report = api.encode(args.run, args.task)
    if "errors" not in report:
        print(f"stopped at step {report['step']}; the same command continues")
        return 130
    errors_table(report["errors"])
    return 0
