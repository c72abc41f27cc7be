"""Loss curves that another program wrote: two columns of a CSV or JSONL file, by step."""

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
"""Suffixes of files with one JSON object per line; all others are read as CSV."""

STEPS = ("step", "steps", "globalstep", "iteration", "iterations", "iter", "it", "batch", "epoch", "epochs")
"""Usual names of the step column, in order of preference, in lower-case letters and digits only."""

DISCRIMINATOR_NAMES = ("d", "dadv", "dloss", "lossd", "errd", "ld", "criticloss", "losscritic", "discloss",
          "lossdisc", "discriminatorloss", "lossdiscriminator")  # fmt: skip
GENERATOR_NAMES = (
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
"""Pairs of line number and row."""


@dataclass(frozen=True)
class Columns:
    """Names of the columns; None: look for one of the usual names.

    >>> Columns(discriminator="errD", generator="errG").step is None
    True
    """

    step: str | None = None
    discriminator: str | None = None
    generator: str | None = None


@dataclass(frozen=True, eq=False)
class LossCurves:
    """Losses by step; values that are not finite are kept."""

    steps: Floats
    """Ascending, (n,)."""
    d: Floats
    g: Floats
    columns: Columns
    """Names of the columns read; `step` None: rows are counted."""


def read_curves(path: Path, columns: Columns) -> LossCurves:
    """Read the losses of D and G by step from a file: CSV with a line of names, or JSON objects, one a line.

    The suffix .jsonl or .ndjson means JSON; all other files are CSV, separated by comma, semicolon or tab.
    Rows that lack either loss are skipped; losses may be NaN or infinite.  A column that `columns` leaves
    None is found by its usual names, such as step, errD and errG; without a step column the rows are counted
    from 1.  Raises `BadInput` for a file that is empty or cannot be read, a column that is missing or
    ambiguous, a cell that is not a number, and steps that decrease or are not finite.
    """
    table = list(_lines(path) if path.suffix.lower() in LINES else _cells(path))
    names = list(dict.fromkeys(name for _, row in table for name in row))
    if not table or not names:
        raise BadInput(f"{path}: holds no rows; give a CSV with a line of names, or a JSON object a line")
    step = (
        columns.step if columns.step is None else _require_column(path, names, columns.step, "--step-column")
    )
    step = step or next((name for usual in STEPS for name in names if _normalise(name) == usual), None)
    discriminator = _column(path, names, columns.discriminator, DISCRIMINATOR_NAMES, "--discriminator-column")
    generator = _column(path, names, columns.generator, GENERATOR_NAMES, "--generator-column")
    if discriminator == generator:
        raise BadInput(f"{path}: '{discriminator}' cannot be both losses; name two of {', '.join(names)}")
    complete = [
        (line, row) for line, row in table if _has_value(row, discriminator) and _has_value(row, generator)
    ]
    if not complete:
        raise BadInput(f"{path}: no row has both '{discriminator}' and '{generator}'")
    d, g = (
        np.array([_number(path, line, row, name) for line, row in complete])
        for name in (discriminator, generator)
    )
    return LossCurves(_steps(path, complete, step), d, g, Columns(step, discriminator, generator))


def _steps(path: Path, rows: Table, step: str | None) -> Floats:
    if step is None:
        return np.arange(1.0, len(rows) + 1)
    steps: Floats = np.array([_number(path, line, row, step) for line, row in rows])
    if not np.isfinite(steps).all():
        raise BadInput(f"{path}: '{step}' is not finite everywhere; name another with --step-column")
    decreases = np.flatnonzero(np.diff(steps) < 0)
    if len(decreases):
        line = rows[decreases[0] + 1][0]
        raise BadInput(f"{path}, line {line}: '{step}' goes back; name another column with --step-column")
    return steps


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
            raise BadInput(f"{path}, line {number}: is not JSON ({error}); give one object a line") from error
        if not isinstance(row, dict):
            raise BadInput(f"{path}, line {number}: is not a JSON object; give one a line")
        yield number, row


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path}: cannot be read as text ({type(error).__name__}); give CSV or JSONL"
        ) from error


def _column(path: Path, names: Sequence[str], chosen: str | None, usual: Sequence[str], flag: str) -> str:
    if chosen is not None:
        return _require_column(path, names, chosen, flag)
    matches = [name for name in names if _normalise(name) in usual]
    if len(matches) == 1:
        return matches[0]
    problem = (
        f"may be any of {', '.join(matches)}" if matches else f"is none of {', '.join(names)} by its name"
    )
    loss = flag.removeprefix("--").removesuffix("-column")
    raise BadInput(f"{path}: the {loss}'s loss {problem}; name it with {flag}")


def _require_column(path: Path, names: Sequence[str], name: str, flag: str) -> str:
    if name not in names:
        raise BadInput(f"{path}: {flag} {name}: no such column; there are {', '.join(names)}")
    return name


def _normalise(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _has_value(row: Mapping[str, Any], name: str) -> bool:
    value = row.get(name)
    return value is not None and not (isinstance(value, str) and not value.strip())


def _number(path: Path, line: int, row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    try:
        return float(value)  # type: ignore[arg-type]  # None raises as well
    except (TypeError, ValueError) as error:
        raise BadInput(f"{path}, line {line}: '{name}' is {value!r}, which is not a number") from error
