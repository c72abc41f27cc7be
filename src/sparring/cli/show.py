"""`sparring show RECIPE`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tyro

from sparring.cli.index import stored
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class ShowArguments:
    """The recipe, and the output format."""

    recipe: tyro.conf.Positional[str]
    """Name of a recipe (see `sparring zoo`)."""
    json: bool = False
    """Print JSON."""


def main(argv: Sequence[str]) -> int:
    """Print the recipe's settings, ancestors, and the changes from each to the next; return 0."""
    about = "Show a recipe: settings, ancestors, and the changes from each."
    args = parse(ShowArguments, "show", argv, about)
    page = stored("show").get(args.recipe) or _page(args.recipe)
    print(json.dumps(page["about"], indent=2) if args.json else page["text"])
    return 0


def _page(word: str) -> dict[str, Any]:
    """Return the page of a recipe that is not in the zoo."""
    from sparring import api  # loads PyTorch, which the zoo's own pages do not need

    about = api.describe_recipe(word)
    return {"about": about, "text": api.describe_text(about)}
