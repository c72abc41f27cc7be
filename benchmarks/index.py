"""Write the pages that the command line prints without importing PyTorch: `python -m benchmarks.index`."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sparring import api
from sparring.cli import COMMANDS, command

FOLDER = Path(__file__).parents[1] / "src" / "sparring" / "cli" / "generated"
COLUMNS = "80"
"""Width of the help texts."""


def pages() -> dict[str, Any]:
    """The content of each page, by its name."""
    about = {name: api.describe_recipe(name) for name in api.names()}
    return {
        "help": {name: help_text(name) for name in COMMANDS},
        "practice": api.practices(),
        "show": {name: {"about": a, "text": api.describe_text(a)} for name, a in about.items()},
        "zoo": api.zoo_table(),
    }


def help_text(name: str) -> str:
    """What `sparring NAME --help` prints, without colours."""
    plain = {"COLUMNS": COLUMNS, "NO_COLOR": "1", "TERM": "dumb"}
    with patch.dict(os.environ, plain), contextlib.redirect_stdout(io.StringIO()) as said:
        os.environ.pop("FORCE_COLOR", None)
        with contextlib.suppress(SystemExit):
            command(name)(["--help"])
    return "".join(f"{line.rstrip()}\n" for line in said.getvalue().splitlines())


def text(content: Any) -> str:
    """A page as it stands in its file."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for page, content in pages().items():
        (FOLDER / f"{page}.json").write_text(text(content), encoding="utf-8")
