"""`sparring resume RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed
from sparring.cli.train import report


@dataclass(frozen=True)
class Resume:
    """What to go on with."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    steps: int | None = None
    """New last step, to extend the run; None: the one it was begun with."""


def main(argv: Sequence[str]) -> int:
    """Parse, resume, report."""
    given = parsed(
        Resume, "resume", argv, "Go on with a run from its newest checkpoint, exactly as if never stopped."
    )
    return report(given.run, api.resume(given.run, steps=given.steps))
