"""The differences between a recipe and its parent, as paths and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import FunctionType

from sparring.core.recipe import Recipe, Turn


@dataclass(frozen=True)
class Change:
    """One setting that differs; None: absent."""

    path: str
    old: str | None
    new: str | None


def changes(child: Recipe, parent: Recipe) -> list[Change]:
    """Return every difference between the `settings` of `child` and of `parent`.

    They are in the order of the recipe's fields; settings that only `parent` has come last.
    """
    old, new = settings(parent), settings(child)
    paths = [*new, *(path for path in old if path not in new)]
    return [Change(p, old.get(p), new.get(p)) for p in paths if old.get(p) != new.get(p)]


def settings(recipe: Recipe) -> dict[str, str]:
    """Return a recipe's settings as text, by path, e.g. {"turns.D.optim": "optim.Adam(lr=0.0002, ...)"}.

    Fields that a child never inherits, such as the name, are left out, and so are fields of a turn that are
    None or 1.
    """
    return dict(_settings(recipe))


def _settings(recipe: Recipe) -> Iterator[tuple[str, str]]:
    for field in fields(Recipe):
        value = getattr(recipe, field.name)
        if field.metadata.get("own"):
            continue
        if isinstance(value, Mapping):
            for key, part in value.items():
                yield from _part(recipe, f"{field.name}.{key}", key, part)
        else:
            yield field.name, as_text(value) if isinstance(value, FunctionType) else _text(value)


def _part(recipe: Recipe, path: str, key: str, part: object) -> Iterator[tuple[str, str]]:
    """One entry of a recipe's nets, turns, roles or averages."""
    if not isinstance(part, Turn):
        yield path, part if isinstance(part, str) else as_text(part) if callable(part) else repr(part)
        return
    for field in fields(Turn):
        value = recipe.movers(key) if field.name == "moves" else getattr(part, field.name)
        if value not in (None, 1):
            yield f"{path}.{field.name}", as_text(value)


def _text(value: object) -> str:
    """The repr of a value, its functions by their names and not by their addresses."""
    return re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", repr(value))


def as_text(value: object) -> str:
    """Return a value as text: its module's last name and its repr, e.g. dcgan.Generator(width=64).

    A function gives its module's last name and its own, built-in types their repr, and a tuple its items,
    separated by commas.
    """
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, FunctionType):
        return f"{value.__module__.rsplit('.', 1)[-1]}.{value.__name__}"
    module = type(value).__module__.rsplit(".", 1)[-1]
    return repr(value) if module == "builtins" else f"{module}.{value!r}"
