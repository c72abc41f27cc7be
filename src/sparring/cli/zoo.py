"""`sparring zoo`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from sparring.cli.pages import print_page
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class ZooArguments:
    """The output format."""

    json: bool = False
    """Print a JSON list of objects with name, paper, title, year, parent."""


def main(argv: Sequence[str]) -> int:
    """Print every recipe with its paper; return 0."""
    args = parse(ZooArguments, "zoo", argv, "List the recipes.")
    print_page("zoo", args.json, _fill)
    return 0


def _fill(table: Table, rows: list[dict[str, Any]]) -> None:
    for heading in ("name", "year", "paper", "arXiv", "parent"):
        table.add_column(heading, no_wrap=heading != "paper")
    for row in rows:
        table.add_row(row["name"], str(row["year"]), row["title"], row["paper"], row["parent"] or "")
