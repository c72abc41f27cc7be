"""`sparring movie RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed


@dataclass(frozen=True)
class Movie:
    """Which run, and where to put its movie."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    out: Path | None = None
    """GIF to write; None: movie.gif in the run."""
    seconds: float = 12.0
    """Length of the movie."""
    sheet: Path | None = None
    """Also draw twelve of the frames on one sheet: PNG, SVG or PDF by its ending."""


def main(argv: Sequence[str]) -> int:
    """Parse, join, report."""
    given = parsed(Movie, "movie", argv, "Join the frames of a run to an animated GIF.")
    print(api.movie(given.run, out=given.out, seconds=given.seconds, sheet=given.sheet))
    return 0
