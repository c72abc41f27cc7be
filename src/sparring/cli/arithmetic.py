"""`sparring arithmetic RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse

DESCRIPTION = "Decode the mean latent of some samples minus that of others plus that of a third kind."


@dataclass(frozen=True)
class ArithmeticArguments:
    """The run and the sum."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[tyro.conf.UseAppendAction[api.ArithmeticTask]]


def main(argv: Sequence[str]) -> int:
    """Parse, sum, report."""
    args = parse(ArithmeticArguments, "arithmetic", argv, DESCRIPTION)
    for path in api.arithmetic(args.run, args.task):
        print(path)
    return 0
