"""Results that are measured run by run and kept together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def merge(path: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put the rows of the data called `name` in the place of its older ones, or at the end."""
    old = json.loads(path.read_text()) if path.exists() else []
    place = next((i for i, row in enumerate(old) if row["data"] == name), len(old))
    before, after = ([row for row in part if row["data"] != name] for part in (old[:place], old[place:]))
    path.write_text(json.dumps([*before, *rows, *after], indent=1) + "\n")
