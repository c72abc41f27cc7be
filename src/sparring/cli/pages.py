"""Printing of the stored pages that are lists: as JSON, or as a table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from sparring.cli.index import Page, stored


def print_page(page: Page, as_json: bool, fill: Callable[[Table, list[dict[str, Any]]], None]) -> None:
    """Print the stored page "zoo" or "practice": as a JSON list, or as a table.

    `fill` gets an empty table and the list of rows, and adds columns and rows to the table.
    """
    rows: list[dict[str, Any]] = stored(page)
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    fill(table, rows)
    Console().print(table)
