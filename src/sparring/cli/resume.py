"""`sparring resume RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

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
    remedies: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(name="with")] = ()
    """A practice as NAME[=VALUE] to go on with, on top of the run's own; may be given several times."""
    back_to: int | None = None
    """Step of a checkpoint to go on from; those after it are removed.  None: the newest."""


def main(argv: Sequence[str]) -> int:
    """Parse, resume, report."""
    given = parsed(
        Resume, "resume", argv, "Go on with a run from its newest checkpoint, exactly as if never stopped."
    )
    outcome = api.resume(given.run, steps=given.steps, remedies=given.remedies, back_to=given.back_to)
    return report(given.run, outcome)
