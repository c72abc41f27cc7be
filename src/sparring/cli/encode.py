"""`sparring encode RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.tables import errors_table


@dataclass(frozen=True)
class EncodeArguments:
    """The run, and the settings of its encoder."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    how: tyro.conf.OmitArgPrefixes[api.EncoderTraining]


def main(argv: Sequence[str]) -> int:
    """Parse, train, report."""
    about = "Train an encoder to initialise completions, without data; the same command continues it."
    args = parse(EncodeArguments, "encode", argv, about)
    report = api.encode(args.run, args.how)
    if "errors" not in report:
        print(f"stopped at step {report['step']}; the same command continues")
        return 130
    errors_table(report["errors"])
    return 0
