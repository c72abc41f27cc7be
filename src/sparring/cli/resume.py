"""`sparring resume RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.train import report


@dataclass(frozen=True)
class ResumeArguments:
    """The run to continue, and changes to it."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    steps: int | None = None
    """New last step, to extend the run; None: unchanged."""
    remedies: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(name="with")] = ()
    """A practice as NAME[=VALUE] to add to the run's own; may be repeated."""
    back_to: int | None = None
    """Step of the checkpoint to continue from; later ones are removed.  None: the newest."""


def main(argv: Sequence[str]) -> int:
    """Resume a run, print the outcome; return 0, or 130 if the training was stopped."""
    about = "Continue a run from its newest checkpoint, exactly as if never stopped."
    args = parse(ResumeArguments, "resume", argv, about)
    outcome = api.resume(args.run, steps=args.steps, remedies=args.remedies, back_to=args.back_to)
    return report(args.run, outcome)
