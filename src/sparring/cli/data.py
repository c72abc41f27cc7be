"""`sparring data SPEC`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tyro

from sparring import api
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class DataArguments:
    """The data to inspect."""

    spec: tyro.conf.Positional[str]
    """Data, as for `sparring train --data`."""
    size: str | None = None
    """Size to read pictures at, as N or HxW."""
    crop: Literal["centre", "none"] = "centre"
    """How pictures of another aspect ratio are fitted: centre: crop the centre; none: squeeze."""
    channels: int | None = None
    """1 grey, 3 RGB, 4 RGBA; None: as the data are."""
    sheet: Path | None = None
    """Also write a contact sheet of the first pictures here."""
    json: bool = False
    """Print JSON."""


def main(argv: Sequence[str]) -> int:
    """Print the properties of a data set as lines or JSON; return 0."""
    about = "Inspect a data set: counts, sizes, labels, duplicates, unreadable files."
    args = parse(DataArguments, "data", argv, about)
    report = api.inspect(args.spec, size=args.size, crop=args.crop, channels=args.channels, sheet=args.sheet)
    if args.json:
        print(json.dumps(report, indent=2))
        return 0
    for name, value in report.items():
        print(f"{name:<12} {_line(value)}")
    return 0


def _line(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_line(inner)}" for key, inner in value.items()) or "-"
    if isinstance(value, list):
        return "; ".join(_line(item) for item in value) or "-"
    return "-" if value is None else str(value)
