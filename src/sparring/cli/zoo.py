"""`sparring zoo`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from sparring.cli.index import stored
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class ZooArguments:
    """The output format."""

    json: bool = False
    """Print a JSON list of objects with name, paper, title, year, parent."""


def main(argv: Sequence[str]) -> int:
    """Print every recipe with its paper."""
    args = parse(ZooArguments, "zoo", argv, "List the recipes.")
    rows = stored("zoo")
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "year", "paper", "arXiv", "parent"):
        table.add_column(heading, no_wrap=heading != "paper")
    for row in rows:
        table.add_row(row["name"], str(row["year"]), row["title"], row["paper"], row["parent"] or "")
    Console().print(table)
    return 0
