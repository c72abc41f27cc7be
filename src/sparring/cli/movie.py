"""`sparring movie RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class MovieArguments:
    """The run, and the movie to write."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    out: Path | None = None
    """GIF to write; None: movie.gif in the run."""
    seconds: float = 12.0
    """Length of the movie in seconds."""
    sheet: Path | None = None
    """Also draw twelve of the frames on one figure: PNG, SVG or PDF by its suffix."""


def main(argv: Sequence[str]) -> int:
    """Join a run's frames to a GIF, by the arguments of `sparring movie`; print its path and return 0."""
    args = parse(MovieArguments, "movie", argv, "Join the frames of a run to an animated GIF.")
    print(api.movie(args.run, out=args.out, seconds=args.seconds, sheet=args.sheet))
    return 0
