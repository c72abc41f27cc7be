"""`sparring invert RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class InvertArguments:
    """The run and the picture to invert."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.Inversion]


def main(argv: Sequence[str]) -> int:
    """Parse, search, report."""
    args = parse(InvertArguments, "invert", argv, "Find the latent whose sample is nearest to a picture.")
    result = api.invert(args.run, args.task)
    print(f"error {result['error']:.4f} in a range of 2")
    print(args.task.out)
    return 0
