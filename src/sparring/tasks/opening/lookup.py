"""Look up a recipe by name: in the zoo, or in a Python file of the user."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from sparring import zoo
from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe

FILE_SEPARATOR = ".py:"
"""Separator of file and variable in the name of a user's recipe, my_gan.py:my_gan."""

_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""Errors that a user's file may raise while it runs."""

FROM_PYTHON = " (from Python)"
"""End of the word of a recipe that was given as an object."""


def recipe_named(word: str) -> Recipe:
    """Return the zoo's recipe called `word`, or for FILE.py:VARIABLE the recipe that a Python file defines.

    The file is executed.  Raises `BadInput` if there is no such recipe, or the file does not run.
    """
    if word.endswith(FROM_PYTHON):
        raise BadInput(
            f"{word.removesuffix(FROM_PYTHON)}: was given to `train` as an object, which is not found again; "
            "keep the recipe in a file, and train FILE.py:VARIABLE"
        )
    return _from_file(word) if FILE_SEPARATOR in word else zoo.get(word)


def name_and_recipe(recipe: str | Recipe) -> tuple[str, Recipe]:
    """Return the word by which a run names its recipe, and the recipe, which is given by a word or itself.

    The word of a `Recipe` that is not the zoo's of its name ends in `FROM_PYTHON`; `recipe_named` refuses it.
    """
    if isinstance(recipe, str):
        return absolute_name(recipe), recipe_named(recipe)
    from_zoo = recipe.name in zoo.names() and zoo.get(recipe.name) == recipe
    return recipe.name if from_zoo else f"{recipe.name}{FROM_PYTHON}", recipe


def absolute_name(word: str) -> str:
    """Return FILE.py:VARIABLE with the absolute path of FILE, and a name of the zoo unchanged."""
    if FILE_SEPARATOR not in word:
        return word
    path, variable = _split(word)
    return f"{path.resolve()}:{variable}"


def module_of(word: str) -> ModuleType:
    """Return the module that defines the recipe called `word`."""
    recipe_named(word)
    return sys.modules[_key(_split(word)[0]) if FILE_SEPARATOR in word else f"{zoo.__name__}.{word}"]


def _from_file(word: str) -> Recipe:
    path, variable = _split(word)
    value = vars(_run(path)).get(variable)
    if not isinstance(value, Recipe):
        recipes = ", ".join(
            name for name, v in vars(sys.modules[_key(path)]).items() if isinstance(v, Recipe)
        )
        raise BadInput(
            f"{word}: {path} defines no recipe called {variable!r}; it defines {recipes or 'none'}"
        )
    return value


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
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a refused command writes nothing
    try:
        spec.loader.exec_module(module)
    except _FAULTS as error:
        del sys.modules[key]
        raise BadInput(f"{path}: does not run ({type(error).__name__}: {error})") from error
    finally:
        sys.dont_write_bytecode = before
    return module


def _key(path: Path) -> str:
    """Return a module name that is unique to the file; its last part is the file's stem."""
    return f"own:{path.resolve().parent}.{path.stem}"


def _split(word: str) -> tuple[Path, str]:
    path, _, variable = word.rpartition(":")
    return Path(path).expanduser(), variable
