"""`sparring practice`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from sparring.cli.pages import print_page
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class PracticeArguments:
    """The output format."""

    json: bool = False
    """Print a JSON list of objects with name, settings, about, source."""


def main(argv: Sequence[str]) -> int:
    """Print every practice with its settings; return 0."""
    about = "List what `sparring train RECIPE --with NAME[=VALUE]` takes."
    args = parse(PracticeArguments, "practice", argv, about)
    print_page("practice", args.json, _fill)
    return 0


def _fill(table: Table, rows: list[dict[str, Any]]) -> None:
    table.add_column("--with", no_wrap=True)
    table.add_column("settings")
    table.add_column("description")
    for row in rows:
        settings = "\n".join(f"{key}={value}" for key, value in row["settings"].items())
        table.add_row(row["name"], settings, escape(row["about"]))
