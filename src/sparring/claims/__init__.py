"""One file per recipe: its paper's main claim as a check that can fail; the folder is the registry."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules

from sparring.core.claim import Claim
from sparring.core.errors import BadInput


def names() -> list[str]:
    """Return the names of all recipes with a claim, in alphabetical order."""
    return sorted(module.name for module in iter_modules(__path__))


def get(name: str) -> Claim:
    """Return the claim of the recipe `name`; raises `BadInput` with a suggestion if there is none."""
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]}?" if near else "see `sparring zoo` for the recipes"
        raise BadInput(f"no claim is called {name!r}: {hint}")
    claim: Claim = import_module(f"{__name__}.{name}").claim
    return claim
