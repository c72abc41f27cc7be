"""`sparring practice`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sparring.cli.index import stored
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class PracticeArguments:
    """The output format."""

    json: bool = False
    """Print a JSON list of objects with name, settings, about, source."""


def main(argv: Sequence[str]) -> int:
    """Print every practice with its settings."""
    args = parse(
        PracticeArguments, "practice", argv, "List what `sparring train RECIPE --with NAME[=VALUE]` takes."
    )
    rows = stored("practice")
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    table = Table(box=None, pad_edge=False)
    table.add_column("--with", no_wrap=True)
    table.add_column("settings")
    table.add_column("description")
    for row in rows:
        settings = "\n".join(f"{key}={value}" for key, value in row["settings"].items())
        table.add_row(row["name"], settings, escape(row["about"]))
    Console().print(table)
    return 0
