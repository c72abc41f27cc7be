"""What a run writes about itself: `run.json`, complete enough to repeat it."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sparring.core.errors import BadInput
from sparring.core.knobs import knobs
from sparring.core.recipe import Recipe
from sparring.core.run import FORMAT, Run
from sparring.core.space import Space
from sparring.runs.files import RUN_PARTS, read_json, write_json

MARK = RUN_PARTS[0]


@dataclass(frozen=True)
class Mended:
    """A remedy that a run has been given."""

    practice: str
    """As `--with` takes it; done after the knobs are set."""
    because: str
    at: int
    """The step at which the run was found ill."""
    back_to: int
    """The step from which it went on."""


@dataclass(frozen=True)
class Record:
    """A run, fully resolved: no setting is left to choose."""

    recipe: str
    """The word that names it: of the zoo, or FILE.py:VARIABLE."""
    knobs: Mapping[str, Any]
    run: Run
    space: Space
    starts: tuple[int, ...]
    """Round at which each stage begins."""
    data: Mapping[str, Any]
    """What was found in the data: counts, digest, split."""
    timings: Sequence[Mapping[str, object]] = field(default_factory=list)
    """What was measured to choose the machine settings."""
    mended: tuple[Mended, ...] = ()
    """What was done to the recipe on the way."""

    def write(self, folder: Path) -> None:
        """Write `folder/run.json` atomically."""
        versions = {name: version(name) for name in ("sparring", "torch", "numpy")}
        body = {
            "format": FORMAT,
            "versions": {**versions, "python": platform.python_version()},
            "recipe": {"name": self.recipe, "knobs": dict(self.knobs)},
            "run": {**asdict(self.run), "out": str(self.run.out)},
            "space": asdict(self.space),
            "stages": list(self.starts),
            "data": dict(self.data),
            "measured": [dict(timing) for timing in self.timings],
            "mended": [asdict(one) for one in self.mended],
        }
        write_json(folder / MARK, body)


def record(path: Path) -> Record:
    """Read a run directory's `run.json`, or such a file itself.

    Raises `BadInput` where there is none, where it is of another version, or where it is not whole.
    """
    file = path / MARK if path.is_dir() else path
    if not path.exists():
        raise BadInput(f"{path}: no such run; give the folder that `sparring train --out` wrote")
    if not file.is_file():
        raise BadInput(f"{path}: is not a run directory (it holds no {MARK})")
    body = read_json(file)
    if not isinstance(body, dict) or "format" not in body:
        raise BadInput(f"{file}: was not written by sparring (it names no format)")
    if body["format"] != FORMAT:
        raise BadInput(f"{file}: has format {body['format']}, this version reads {FORMAT}; train again")
    try:
        return _record(body)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{file}: is not whole ({type(error).__name__}: {error}); train again") from error


def _record(body: Mapping[str, Any]) -> Record:
    names = {f.name for f in fields(Run)}
    given = {key: value for key, value in body["run"].items() if key in names}
    given["practice"] = tuple(given.get("practice", ()))
    space = body["space"]
    return Record(
        recipe=str(body["recipe"]["name"]),
        knobs=dict(body["recipe"]["knobs"]),
        run=Run(**{**given, "out": Path(given["out"])}),
        space=Space(**{**space, "shape": tuple(space["shape"]), "shares": tuple(space.get("shares", ()))}),
        starts=tuple(int(start) for start in body["stages"]),
        data=dict(body["data"]),
        timings=list(body["measured"]),
        mended=tuple(Mended(**one) for one in body.get("mended", ())),
    )


def described(recipe: Recipe) -> dict[str, Any]:
    """The recipe's knobs as JSON keeps them."""
    return {path: list(value) if isinstance(value, tuple) else value for path, value in knobs(recipe).items()}
