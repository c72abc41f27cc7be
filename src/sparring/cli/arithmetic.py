"""`sparring arithmetic RUN`."""

from __future__ import annotations

from collections.abc import Sequence

import tyro

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse

DESCRIPTION = "Decode the mean latent of some samples minus that of others plus that of a third kind."


def main(argv: Sequence[str]) -> int:
    """Write the figures, print their paths; return 0."""
    args = parse(TaskOnRun[tyro.conf.UseAppendAction[api.ArithmeticTask]], "arithmetic", argv, DESCRIPTION)
    for path in api.arithmetic(args.run, args.task):
        print(path)
    return 0
