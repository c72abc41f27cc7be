"""Printing of the stored pages that are lists: as JSON, or as a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from sparring.cli.index import Page, stored


def print_page(page: Page, as_json: bool, fill: Callable[[Table, list[dict[str, Any]]], None]) -> None:
    """Print a stored page as JSON, or as the table that `fill` makes of its rows."""
    rows: list[dict[str, Any]] = stored(page)
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    fill(table, rows)
    Console().print(table)
