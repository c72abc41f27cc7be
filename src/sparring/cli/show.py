"""`sparring show RECIPE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import tyro

from sparring import api
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
    shown = api.shown(given.recipe)
    print(json.dumps(shown, indent=2) if given.json else api.shown_text(shown))
    return 0
