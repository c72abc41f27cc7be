"""`sparring train RECIPE`: the fields of `Run` and the knobs of the recipe are the flags."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from sparring import api
from sparring.cli import INTERRUPTED
from sparring.cli.parsing import parse, parse_known
from sparring.core.errors import BadInput
from sparring.core.run import Run

DESCRIPTION = "Train a recipe.  `sparring train RECIPE --help` also lists the knobs of that recipe."


@dataclass(frozen=True)
class TrainArguments:
    """The flags of a run, without the knobs of a recipe."""

    recipe: tyro.conf.Positional[str]
    """Name of a recipe (see `sparring zoo`), or FILE.py:VARIABLE for one of your own."""
    run: tyro.conf.OmitArgPrefixes[Run]


@dataclass(frozen=True)
class Selection:
    """The flags that decide which nets and practices there are, and so which knobs the other flags set."""

    from_: Annotated[Path | None, tyro.conf.arg(name="from")] = None
    """A `run.json`, or the run that has it, whose settings are the defaults."""
    family: str | None = None
    practice: tuple[str, ...] = ()
    with_: Annotated[tyro.conf.UseAppendAction[tuple[str, ...]], tyro.conf.arg(name="with")] = ()
    """One more practice; may be given several times."""


def main(argv: Sequence[str]) -> int:
    """Train a recipe, print the outcome; return 0, or 130 if the training was stopped."""
    selection, words = parse_known(Selection, "train", argv or ["--help"])
    record = api.read_record(selection.from_) if selection.from_ is not None else None
    word, words = _recipe(words, record.recipe if record else None)
    family = selection.family or (record.run.family if record else "own")
    practice = (*selection.practice, *selection.with_) or (record.run.practice if record else ())
    recipe = _resolved(word, family, practice, {})
    defaults = api.knobs(recipe)
    same = record is not None and record.recipe == api.absolute_name(word)
    if record is not None and same and (record.run.family, record.run.practice) == (family, practice):
        recipe = _resolved(word, family, practice, record.knobs)
    knobs = api.knobs(recipe)
    words = [*words, "--family", family, *(["--practice", *practice] if practice else [])]
    args = parse(_flags(knobs, record.run if record else None), f"train {recipe.name}", words, recipe.title)
    chosen = {path: value for path, value in _chosen(args, knobs).items() if value != defaults[path]}
    outcome = api.train(word, args.run, knobs=chosen)
    return report(args.run.out, outcome)


def _recipe(words: list[str], recorded: str | None) -> tuple[str, list[str]]:
    """Return the recipe's name, the first argument or else the recorded one, and the arguments after it."""
    if words and not words[0].startswith("-"):
        return words[0], words[1:]
    if recorded is not None:
        return recorded, words
    parse(TrainArguments, "train", words, DESCRIPTION)
    raise BadInput("name the recipe before its flags: sparring train RECIPE --data DATA --out FOLDER")


def _resolved(word: str, family: Any, practice: tuple[str, ...], settings: Mapping[str, Any]) -> api.Recipe:
    """The recipe whose knobs are the flags; of the run only the fields that change the knobs matter."""
    return api.resolve(api.recipe_named(word), Run("", Path(), family=family, practice=practice), settings)


def report(out: Path, outcome: api.Outcome) -> int:
    """Print the outcome of the training in the run directory `out`; return 130 if it was stopped, else 0."""
    if outcome.stopped:
        print(f"stopped at step {outcome.step}; continue with: sparring resume {out}")
        return INTERRUPTED
    print(f"step {outcome.step} after {outcome.seconds:.1f} s: {out}")
    return 0


def _flags(knobs: Mapping[str, Any], run: Run | None) -> type:
    """Return a dataclass whose fields are those of `Run` and, nested, the recipe's knobs."""
    fields: list[Any] = [("run", Annotated[Run, tyro.conf.OmitArgPrefixes])]
    if run is not None:
        fields = [(*fields[0], dataclasses.field(default=_rerun(run)))]
    tree: dict[str, Any] = {}
    for path, value in knobs.items():
        *inner, last = path.split(".")
        node = tree
        for key in inner:
            node = node.setdefault(key, {})
        node[last] = value
    return dataclasses.make_dataclass("Flags", [*fields, *_fields(tree)], frozen=True, kw_only=True)


def _rerun(run: Run) -> Any:
    """Return the recorded run without its output folder, which must be given anew."""
    return dataclasses.replace(run, out=tyro.MISSING, overwrite=False)


def _fields(tree: Mapping[str, Any]) -> list[Any]:
    fields: list[Any] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            inner = dataclasses.make_dataclass(key, _fields(value), frozen=True)
            fields.append((key, inner, dataclasses.field(default_factory=inner)))
        else:
            kind = tuple[tuple(type(item) for item in value)] if isinstance(value, tuple) else type(value)  # type: ignore[misc]
            fields.append((key, kind, dataclasses.field(default=value)))
    return fields


def _chosen(args: Any, knobs: Mapping[str, Any]) -> dict[str, Any]:
    def at(path: str) -> Any:
        value = args
        for key in path.split("."):
            value = getattr(value, key)
        return value

    return {path: at(path) for path in knobs}
