"""`sparring diagnose RUN_OR_FILE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.verdicts import diagnosis_table

ABOUT = """Find problems of a run, finished, running or stopped, or of the losses in a CSV or JSONL file: each
finding with its evidence, likely causes, remedies and the command that applies them.  Exit status 0: healthy,
1: findings."""


@dataclass(frozen=True)
class DiagnoseArguments:
    """What to diagnose, and how to print the result."""

    source: tyro.conf.Positional[Path]
    """Run directory, or a CSV or JSONL file of losses."""
    html: Path | None = None
    """Also write a page, with plots."""
    json: bool = False
    """Print JSON."""
    completion: bool = False
    """Also complete held-out pictures of a run, and compare with completions from its training pictures."""
    step_column: str | None = None
    """Column of steps in a file of losses; None: step, iteration or epoch, else the row number."""
    discriminator_column: str | None = None
    """Column of the discriminator's loss; None: D, d_loss, loss_D and similar names."""
    generator_column: str | None = None
    """Column of the generator's loss; None: G, g_loss, loss_G and similar names."""
    game: api.GameKind = "log"
    """Kind of the losses in a file: log: the log loss, non-saturating for G; other: any other."""


def main(argv: Sequence[str]) -> int:
    """Print the diagnosis of a run or a file of losses; return 1 if it has findings, else 0."""
    args = parse(DiagnoseArguments, "diagnose", argv, " ".join(ABOUT.split()))
    columns = api.Columns(args.step_column, args.discriminator_column, args.generator_column)
    result = api.diagnose(
        args.source, columns=columns, game=args.game, html=args.html, completion=args.completion
    )
    if args.json:
        print(json.dumps(result.as_json(), indent=2))
    else:
        diagnosis_table(result)
        if args.html is not None:
            print(args.html)
    return int(bool(result.findings))
