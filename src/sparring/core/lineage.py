"""The differences between a recipe and its parent, as paths and values."""

from __future__ import annotations

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
    """Return every difference between `child` and `parent`, in the order of the recipe's fields."""
    old, new = settings(parent), settings(child)
    paths = [*new, *(path for path in old if path not in new)]
    return [Change(p, old.get(p), new.get(p)) for p in paths if old.get(p) != new.get(p)]


def settings(recipe: Recipe) -> dict[str, str]:
    """Return a recipe's settings as text, by path; unset ones are omitted."""
    return dict(_settings(recipe))


def _settings(recipe: Recipe) -> Iterator[tuple[str, str]]:
    for key, builder in recipe.nets.items():
        yield f"nets.{key}", told(builder)
    for key, turn in recipe.turns.items():
        for field in fields(Turn):
            value = getattr(turn, field.name)
            if field.name == "moves":
                value = recipe.movers(key)
            if value not in (None, 1):
                yield f"turns.{key}.{field.name}", told(value)
    yield "latent", repr(recipe.latent)
    yield "stages", repr(recipe.stages)
    yield from _mapping("averages", recipe.averages)
    yield "batch", repr(recipe.batch)
    yield "bf16", repr(recipe.bf16)
    yield "sampler", told(recipe.sampler)
    yield "judge", told(recipe.judge)
    yield "domains", repr(recipe.domains)


def _mapping(name: str, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        yield f"{name}.{key}", repr(value)


def told(value: object) -> str:
    """Return a value as text: its module's last name and its repr, e.g. dcgan.Generator(width=64)."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, FunctionType):
        return f"{value.__module__.rsplit('.', 1)[-1]}.{value.__name__}"
    module = type(value).__module__.rsplit(".", 1)[-1]
    return repr(value) if module == "builtins" else f"{module}.{value!r}"
