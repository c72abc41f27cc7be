"""Which recipe a word means: one of the zoo's, or one in a file of the user's own."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from sparring import zoo
from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe

OWN = ".py:"
"""What stands between the file and the variable of a recipe of one's own, my_gan.py:my_gan."""

_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What a file of a user's own may raise while it runs."""


def recipe_named(word: str) -> Recipe:
    """The zoo's recipe called `word`, or with FILE.py:VARIABLE the one that a Python file defines.

    The file is run.  Raises `BadInput` where there is no such recipe, or the file does not run.
    """
    return _own(word) if OWN in word else zoo.get(word)


def lasting(word: str) -> str:
    """The word as it holds in every working directory."""
    if OWN not in word:
        return word
    path, variable = _parted(word)
    return f"{path.resolve()}:{variable}"


def module_of(word: str) -> ModuleType:
    """The module that defines the recipe called `word`."""
    recipe_named(word)
    return sys.modules[_key(_parted(word)[0]) if OWN in word else f"{zoo.__name__}.{word}"]


def _own(word: str) -> Recipe:
    path, variable = _parted(word)
    found = vars(_run(path)).get(variable)
    if not isinstance(found, Recipe):
        there = ", ".join(name for name, v in vars(sys.modules[_key(path)]).items() if isinstance(v, Recipe))
        raise BadInput(f"{word}: {path} defines no recipe called {variable!r}; it defines {there or 'none'}")
    return found


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise BadInput(f"{path}: no such file; give FILE.py:VARIABLE, or a name from `sparring zoo`")
    key = _key(path)
    if key in sys.modules:
        return sys.modules[key]
    spec = spec_from_file_location(key, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[key] = module  # before it runs: dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except _FAULTS as error:
        del sys.modules[key]
        raise BadInput(f"{path}: does not run ({type(error).__name__}: {error})") from error
    return module


def _key(path: Path) -> str:
    """The module's name: no two files share one, and its last part is the file's own."""
    return f"own:{path.resolve().parent}.{path.stem}"


def _parted(word: str) -> tuple[Path, str]:
    path, _, variable = word.rpartition(":")
    return Path(path).expanduser(), variable
