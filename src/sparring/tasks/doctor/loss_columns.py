"""Losses that something else wrote: two columns of a CSV or JSONL file, by step."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sparring.core.errors import BadInput
from sparring.metrics.rows import Floats

LINES = (".jsonl", ".ndjson")
"""Endings of files with a JSON object a line; all else is read as CSV."""

STEPS = ("step", "steps", "globalstep", "iteration", "iterations", "iter", "it", "batch", "epoch", "epochs")
"""Names of the column of steps, the first that is there first, small letters and digits alone."""

CRITIC = ("d", "dadv", "dloss", "lossd", "errd", "ld", "criticloss", "losscritic", "discloss",
          "lossdisc", "discriminatorloss", "lossdiscriminator")  # fmt: skip
GENERATOR = (
    "g",
    "gadv",
    "gloss",
    "lossg",
    "errg",
    "lg",
    "genloss",
    "lossgen",
    "generatorloss",
    "lossgenerator",
)

Table = Sequence[tuple[int, Mapping[str, Any]]]
"""Rows by the number of their line."""


@dataclass(frozen=True)
class Columns:
    """Names of columns; None: found among the usual ones."""

    step: str | None = None
    critic: str | None = None
    generator: str | None = None


@dataclass(frozen=True, eq=False)
class Curves:
    """Losses by step; one that is not finite stays so."""

    steps: Floats
    """Ascending, (n,)."""
    d: Floats
    g: Floats
    columns: Columns
    """Names that were found; without a step, rows are counted."""


def curves(path: Path, columns: Columns) -> Curves:
    """The losses in a file; rows without any of the two are passed over.

    Raises `BadInput` for a file that cannot be read or is empty, a column that is not there or not to be told
    from another, a cell that is no number, and steps that go back.
    """
    table = list(_lines(path) if path.suffix.lower() in LINES else _cells(path))
    there = list(dict.fromkeys(name for _, row in table for name in row))
    if not table or not there:
        raise BadInput(f"{path}: holds no rows; give a CSV with a line of names, or a JSON object a line")
    step = columns.step if columns.step is None else _named(path, there, columns.step, "--step-column")
    step = step or next((name for usual in STEPS for name in there if _plain(name) == usual), None)
    critic = _column(path, there, columns.critic, CRITIC, "--critic-column")
    generator = _column(path, there, columns.generator, GENERATOR, "--generator-column")
    if critic == generator:
        raise BadInput(f"{path}: '{critic}' cannot be both losses; name two of {', '.join(there)}")
    kept = [(line, row) for line, row in table if _given(row, critic) and _given(row, generator)]
    if not kept:
        raise BadInput(f"{path}: no row has both '{critic}' and '{generator}'")
    d, g = (np.array([_number(path, line, row, name) for line, row in kept]) for name in (critic, generator))
    return Curves(_ascending(path, kept, step), d, g, Columns(step, critic, generator))


def _ascending(path: Path, kept: Table, step: str | None) -> Floats:
    if step is None:
        return np.arange(1.0, len(kept) + 1)
    found: Floats = np.array([_number(path, line, row, step) for line, row in kept])
    if not np.isfinite(found).all():
        raise BadInput(f"{path}: '{step}' is not finite everywhere; name another with --step-column")
    back = np.flatnonzero(np.diff(found) < 0)
    if len(back):
        line = kept[back[0] + 1][0]
        raise BadInput(f"{path}, line {line}: '{step}' goes back; name another column with --step-column")
    return found


def _cells(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    text = _text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    lines = csv.reader(text.splitlines(), delimiter=delimiter)
    names: list[str] = []
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if names:
            yield lines.line_num, dict(zip(names, cells, strict=False))
        else:
            names = [cell.strip() for cell in cells]


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    lines = [(i, line) for i, line in enumerate(_text(path).splitlines(), 1) if line.strip()]
    for number, line in lines:
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            if number == lines[-1][0] and number > 1:
                return  # cut short by a kill, or still being written
            raise BadInput(f"{path}, line {number}: is no JSON ({error}); give one object a line") from error
        if not isinstance(row, dict):
            raise BadInput(f"{path}, line {number}: is no JSON object; give one a line")
        yield number, row


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path}: cannot be read as text ({type(error).__name__}); give CSV or JSONL"
        ) from error


def _column(path: Path, there: Sequence[str], named: str | None, usual: Sequence[str], flag: str) -> str:
    if named is not None:
        return _named(path, there, named, flag)
    found = [name for name in there if _plain(name) in usual]
    if len(found) == 1:
        return found[0]
    what = f"may be any of {', '.join(found)}" if found else f"is none of {', '.join(there)} by its name"
    loss = flag.removeprefix("--").removesuffix("-column")
    raise BadInput(f"{path}: the {loss}'s loss {what}; name it with {flag}")


def _named(path: Path, there: Sequence[str], name: str, flag: str) -> str:
    if name not in there:
        raise BadInput(f"{path}: {flag} {name}: no such column; there are {', '.join(there)}")
    return name


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _given(row: Mapping[str, Any], name: str) -> bool:
    value = row.get(name)
    return value is not None and not (isinstance(value, str) and not value.strip())


def _number(path: Path, line: int, row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    try:
        return float(value)  # type: ignore[arg-type]  # None raises as well
    except (TypeError, ValueError) as error:
        raise BadInput(f"{path}, line {line}: '{name}' is {value!r}, which is no number") from error
