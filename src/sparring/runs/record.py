"""The record of a run, `run.json`: all settings that are needed to repeat it."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sparring.core.errors import BadInput
from sparring.core.kinds import kind_as_json, kind_from_json
from sparring.core.knobs import knobs
from sparring.core.recipe import Recipe
from sparring.core.run import FORMAT, Run
from sparring.core.space import Space
from sparring.runs import migration
from sparring.runs.files import RUN_PARTS, read_json, write_json

MARK = RUN_PARTS[0]


@dataclass(frozen=True)
class Repair:
    """A repair of a run: a remedy that was applied to it."""

    practice: str
    """The practice, as `--with` takes it; applied after the knobs are set."""
    because: str
    at: int
    """The step at which the problem was detected."""
    back_to: int
    """The step from which the training continued."""


@dataclass(frozen=True)
class Record:
    """A run with all settings resolved."""

    recipe: str
    """Name of the recipe: in the zoo, or FILE.py:VARIABLE."""
    knobs: Mapping[str, Any]
    run: Run
    space: Space
    starts: tuple[int, ...]
    """Training step at which each stage begins, from 0."""
    data: Mapping[str, Any]
    """Summary of the data, as `split.summary` returns it."""
    timings: Sequence[Mapping[str, object]] = field(default_factory=list)
    """Measurements from which the machine settings were chosen: a machine's fields and `seconds` per step."""
    repairs: tuple[Repair, ...] = ()
    """Repairs of the run, in order."""

    def write(self, folder: Path) -> None:
        """Write `folder/run.json` atomically."""
        versions = {name: version(name) for name in ("sparring", "torch", "numpy")}
        body = {
            "format": FORMAT,
            "versions": {**versions, "python": platform.python_version()},
            "recipe": {"name": self.recipe, "knobs": dict(self.knobs)},
            "run": {**asdict(self.run), "out": str(self.run.out)},
            "space": _space_as_json(self.space),
            "stages": list(self.starts),
            "data": dict(self.data),
            "measured": [dict(timing) for timing in self.timings],
            "repairs": [asdict(repair) for repair in self.repairs],
        }
        write_json(folder / MARK, body)


def run_folder(path: Path) -> Path:
    """Return the run directory of `path`, which is a run directory or its `run.json`."""
    return path if path.is_dir() else path.parent


def read_record(path: Path) -> Record:
    """Read the record of the run at `path`, a run directory or its `run.json`.

    Raises `BadInput` if it is missing, has another format version, or is incomplete.
    """
    file = path / MARK if path.is_dir() else path
    if not path.exists():
        raise BadInput(f"{path}: no such run; give the folder that `sparring train --out` wrote")
    if not file.is_file():
        raise BadInput(f"{path}: is not a run directory (it holds no {MARK})")
    body = read_json(file)
    if not isinstance(body, dict) or "format" not in body:
        raise BadInput(f"{file}: was not written by sparring (it has no format number); give a run directory")
    if body["format"] != FORMAT:
        raise BadInput(f"{file}: has format {body['format']}, this version reads {FORMAT}; train again")
    try:
        return _record(migration.record(body))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{file}: is incomplete ({type(error).__name__}: {error}); train again") from error


def _record(body: Mapping[str, Any]) -> Record:
    names = {f.name for f in fields(Run)}
    settings = {key: value for key, value in body["run"].items() if key in names}
    settings["practice"] = tuple(settings.get("practice", ()))
    space = body["space"]
    return Record(
        recipe=str(body["recipe"]["name"]),
        knobs=dict(body["recipe"]["knobs"]),
        run=Run(**{**settings, "out": Path(settings["out"])}),
        space=_space(space),
        starts=tuple(int(start) for start in body["stages"]),
        data=dict(body["data"]),
        timings=list(body["measured"]),
        repairs=tuple(Repair(**repair) for repair in body.get("repairs", ())),
    )


def _space_as_json(space: Space) -> dict[str, Any]:
    columns = {role: kind_as_json(kind) for role, kind in space.columns.items()}
    plain = {f.name: getattr(space, f.name) for f in fields(Space)}
    return {**plain, "columns": columns} if columns else {k: v for k, v in plain.items() if k != "columns"}


def _space(body: Mapping[str, Any]) -> Space:
    columns = {str(role): kind_from_json(kind) for role, kind in body.get("columns", {}).items()}
    tuples = {"shape": tuple(body["shape"]), "shares": tuple(body.get("shares", ()))}
    return Space(**{**body, **tuples, "columns": columns})


def knobs_as_json(recipe: Recipe) -> dict[str, Any]:
    """Return the values of the recipe's knobs by their dotted paths, with lists in place of tuples."""
    return {path: list(value) if isinstance(value, tuple) else value for path, value in knobs(recipe).items()}
