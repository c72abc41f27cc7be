"""One file per paper; the folder is the registry.

>>> from sparring import zoo
>>> "dcgan" in zoo.names()
True
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from sparring.core.errors import BadInput

if TYPE_CHECKING:
    from sparring.core.recipe import Recipe

__all__ = ["get", "names"]


def names() -> list[str]:
    """Return the names of all recipes, in alphabetical order.

    >>> [name for name in names() if name.startswith("wgan")]
    ['wgan', 'wgan_gp']
    """
    return sorted(module.name for module in iter_modules(__path__))


def get(name: str) -> Recipe:
    """Return the recipe `name`; raises `BadInput`, which suggests the nearest name, if there is none.

    >>> get("dcgan").paper
    '1511.06434'
    """
    if name not in names():
        near = get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}"
        raise BadInput(f"no recipe is called {name!r}: {hint}")
    recipe: Recipe = getattr(import_module(f"{__name__}.{name}"), name)
    return recipe
