"""Output of commands that depends only on the package, generated in advance, to print it without PyTorch.

`python -m benchmarks.index` writes the files of `cli/generated/`; a test checks that they are up to date.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Literal

Page = Literal["help", "practice", "show", "zoo"]


def stored(page: Page) -> Any:
    """Return the generated content of one page, as JSON.

    "help": the text of `--help` by command.  "zoo" and "practice": the rows of these commands.  "show": by
    recipe, {"about": as `sparring show --json` prints it, "text": as `sparring show` prints it}.
    """
    return json.loads(files("sparring.cli").joinpath("generated", f"{page}.json").read_text(encoding="utf-8"))
