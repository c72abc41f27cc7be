"""`sparring invert RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed


@dataclass(frozen=True)
class Invert:
    """Which run shall make which picture."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    task: tyro.conf.OmitArgPrefixes[api.Inversion]


def main(argv: Sequence[str]) -> int:
    """Parse, search, report."""
    given = parsed(Invert, "invert", argv, "Find the latent from which a run makes a picture most nearly.")
    found = api.invert(given.run, given.task)
    print(f"error {found['error']:.4f} in a range of 2")
    print(given.task.out)
    return 0
