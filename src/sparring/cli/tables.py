"""Tables for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

HEADINGS = {"psnr_hole": "hole PSNR", "psnr": "PSNR", "ssim": "SSIM", "seconds_per_image": "s/picture"}


def scores_table(methods: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the mean scores of completion methods, one a row."""
    shown = {key: text for key, text in HEADINGS.items() if any(key in row for row in methods.values())}
    table = Table("method", box=None, pad_edge=False)
    for text in shown.values():
        table.add_column(text, justify="right")
    for name, row in methods.items():
        table.add_row(name, *(f"{row[key]:.4g}" if key in row else "" for key in shown))
    Console().print(table)
