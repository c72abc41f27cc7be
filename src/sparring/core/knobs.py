"""Knobs: the numbers, strings and booleans in a tree of frozen dataclasses, by dotted path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from sparring.core.errors import BadInput

T = TypeVar("T")

FIXED = {"knob": False}
"""Metadata of a dataclass field that is no knob: the data, the run's flags or the paper determine it."""


def knobs(value: object) -> dict[str, Any]:
    """Return every knob of a dataclass or mapping by dotted path, e.g. {"turns.D.optim.lr": 2e-4}.

    Knobs are the numbers, strings, booleans and tuples of numbers, also in nested dataclasses and mappings,
    in the order of the fields.  Fields whose metadata is `FIXED`, None and all other values are left out.
    """
    return dict(_walk(value, ""))


def set_knobs(value: T, settings: Mapping[str, object]) -> T:
    """Return a copy of `value` with the knobs in `settings` changed.

    `settings` has a new value by dotted path, as `knobs` returns them.  An int is accepted for a float, and a
    list for a tuple of the same length.  Raises `BadInput` for a path that names no knob and for a setting
    whose type differs from the knob's.
    """
    known = knobs(value)
    for path, setting in settings.items():
        if path not in known:
            raise BadInput(f"{path}: no such knob; there are {', '.join(known)}")
        value = _set(value, path.split("."), _fitting(path, known[path], setting))
    return value


def optimiser_knobs(turns: Iterable[str], settings: Mapping[str, object]) -> dict[str, object]:
    """Return `settings` of an optimiser for each of `turns`, by the paths that `set_knobs` takes.

    E.g. turns ("D", "G") and {"lr": 1e-4} give {"turns.D.optim.lr": 1e-4, "turns.G.optim.lr": 1e-4}.
    """
    return {f"turns.{turn}.optim.{key}": setting for turn in turns for key, setting in settings.items()}


def _walk(value: object, prefix: str) -> Iterator[tuple[str, Any]]:
    for key, inner in _children(value):
        path = f"{prefix}{key}"
        if _is_leaf(inner):
            yield path, inner
        else:
            yield from _walk(inner, path + ".")


def _children(value: object) -> list[tuple[str, object]]:
    if isinstance(value, Mapping):
        return [(str(key), inner) for key, inner in value.items()]
    if is_dataclass(value) and not isinstance(value, type):
        return [(f.name, getattr(value, f.name)) for f in fields(value) if f.metadata.get("knob", True)]
    return []


def _is_leaf(value: object) -> bool:
    if isinstance(value, tuple):
        return all(isinstance(item, int | float) for item in value)
    return isinstance(value, bool | int | float | str)


def _set(value: Any, path: list[str], setting: object) -> Any:
    key, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        return {**value, key: _set(value[key], rest, setting) if rest else setting}
    return replace(value, **{key: _set(getattr(value, key), rest, setting) if rest else setting})


def _fitting(path: str, old: object, new: object) -> object:
    if isinstance(old, tuple) and isinstance(new, list | tuple) and len(old) == len(new):
        return tuple(_fitting(path, o, n) for o, n in zip(old, new, strict=True))
    if isinstance(old, float) and isinstance(new, int) and not isinstance(new, bool):
        return float(new)
    if type(old) is not type(new):
        raise BadInput(f"{path}: {new!r} is of another type; its value is {old!r}")
    return new
