"""`sparring losses RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed


@dataclass(frozen=True)
class Losses:
    """Which run, and where to draw its losses."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    out: Path = Path("losses.png")
    """Figure to write: PNG, SVG or PDF by its ending."""


def main(argv: Sequence[str]) -> int:
    """Parse, draw, report."""
    about = "Draw a run's losses against their values at equilibrium, and the norms of its gradients."
    given = parsed(Losses, "losses", argv, about)
    api.losses(given.run, out=given.out)
    print(given.out)
    return 0
