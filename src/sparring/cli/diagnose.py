"""`sparring diagnose RUN_OR_FILE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed
from sparring.cli.verdicts import verdict_table

ABOUT = """Say what is wrong with a run, finished, running or stopped, or with the losses in a CSV or JSONL
file: each finding with its evidence, likely causes, remedies and the command that applies them.  Exit status
0: healthy, 1: findings."""


@dataclass(frozen=True)
class Diagnose:
    """What is looked at, and how the answer is given."""

    source: tyro.conf.Positional[Path]
    """Run directory, or a CSV or JSONL file of losses."""
    html: Path | None = None
    """Also write a page, with plots."""
    json: bool = False
    """Print JSON."""
    completion: bool = False
    """Also complete held-out pictures of a run, and hold that against copies of its training pictures."""
    step_column: str | None = None
    """Column of steps in a file of losses; None: step, iteration or epoch, else rows are counted."""
    critic_column: str | None = None
    """Column of the critic's loss; None: D, d_loss, loss_D and the like."""
    generator_column: str | None = None
    """Column of the generator's loss; None: G, g_loss, loss_G and the like."""
    game: api.GameKind = "log"
    """What losses in a file are: the log loss, non-saturating for G, or another."""


def main(argv: Sequence[str]) -> int:
    """Parse, diagnose, report."""
    given = parsed(Diagnose, "diagnose", argv, " ".join(ABOUT.split()))
    columns = api.Columns(given.step_column, given.critic_column, given.generator_column)
    found = api.diagnose(
        given.source, columns=columns, game=given.game, html=given.html, completion=given.completion
    )
    if given.json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        verdict_table(found)
        if given.html is not None:
            print(given.html)
    return int(bool(found.findings))
