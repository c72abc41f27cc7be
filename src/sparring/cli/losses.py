"""`sparring losses RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class LossesArguments:
    """The run, and the figure to write."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    out: Path = Path("losses.png")
    """Figure to write: PNG, SVG or PDF by its suffix."""


def main(argv: Sequence[str]) -> int:
    """Plot a run's losses, print the path of the figure; return 0."""
    about = "Plot a run's losses, their values at equilibrium, and the norms of its gradients."
    args = parse(LossesArguments, "losses", argv, about)
    api.losses(args.run, out=args.out)
    print(args.out)
    return 0
