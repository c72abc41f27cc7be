"""`sparring show RECIPE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tyro

from sparring.cli.index import stored
from sparring.cli.parsing import parsed


@dataclass(frozen=True)
class Show:
    """Which recipe, and how."""

    recipe: tyro.conf.Positional[str]
    """Name of a recipe (see `sparring zoo`)."""
    json: bool = False
    """Print JSON."""


def main(argv: Sequence[str]) -> int:
    """Print the resolved recipe, its line of descent and what each step changes."""
    given = parsed(Show, "show", argv, "Show a recipe: settings, line of descent, what each step changes.")
    page = stored("show").get(given.recipe) or _page(given.recipe)
    print(json.dumps(page["about"], indent=2) if given.json else page["text"])
    return 0


def _page(word: str) -> dict[str, Any]:
    """The page of a recipe that is not in the zoo."""
    from sparring import api  # loads PyTorch, which the zoo's own pages do not need

    about = api.shown(word)
    return {"about": about, "text": api.shown_text(about)}
