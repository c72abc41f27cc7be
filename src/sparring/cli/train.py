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
from sparring.cli.parsing import parse
from sparring.core.errors import BadInput
from sparring.core.run import Run

DESCRIPTION = "Train a recipe.  `sparring train RECIPE --help` also lists the knobs of that recipe."


@dataclass(frozen=True)
class TrainArguments:
    """The flags of a run, without the knobs of a recipe."""

    recipe: tyro.conf.Positional[str]
    """Name of a recipe (see `sparring zoo`), or FILE.py:VARIABLE for one of your own."""
    run: tyro.conf.OmitArgPrefixes[Run]


def main(argv: Sequence[str]) -> int:
    """Parse, train, report."""
    words, source = _without(list(argv), "--from", "name a run.json or the run that holds it")
    record = api.read_record(Path(source)) if source is not None else None
    if record is not None and (not words or words[0].startswith("-")):
        words = [record.recipe, *words]
    if not words or words[0].startswith("-"):
        parse(TrainArguments, "train", words or ["--help"], DESCRIPTION)
    word = words[0]
    # The flags include the knobs of the chosen nets and practices, which must be parsed first.
    _, family = _without(words, "--family", "name a family of nets")
    words, practice = _practices(words)
    family = family or (record.run.family if record else "own")
    practice = practice or (record.run.practice if record else ())
    recipe = _resolved(words[0], family, practice, {})
    defaults = api.knobs(recipe)
    same = record is not None and record.recipe == api.absolute_name(words[0])
    if record is not None and same and (record.run.family, record.run.practice) == (family, practice):
        recipe = _resolved(words[0], family, practice, record.knobs)
    knobs = api.knobs(recipe)
    words = [*words[1:], *(["--practice", *practice] if practice else [])]
    args = parse(_flags(knobs, record.run if record else None), f"train {recipe.name}", words, recipe.title)
    chosen = {path: value for path, value in _chosen(args, knobs).items() if value != defaults[path]}
    outcome = api.train(word, args.run, knobs=chosen)
    return report(args.run.out, outcome)


def _resolved(word: str, family: Any, practice: tuple[str, ...], settings: Mapping[str, Any]) -> api.Recipe:
    """The recipe whose knobs are the flags; of the run only the fields that change the knobs matter."""
    return api.resolve(api.recipe_named(word), Run("", Path(), family=family, practice=practice), settings)


def report(out: Path, outcome: api.Outcome) -> int:
    """Print the outcome of a training; return the exit status."""
    if outcome.stopped:
        print(f"stopped at step {outcome.step}; continue with: sparring resume {out}")
        return INTERRUPTED
    print(f"step {outcome.step} after {outcome.seconds:.1f} s: {out}")
    return 0


def _without(words: list[str], flag: str, missing: str) -> tuple[list[str], str | None]:
    """Return the arguments without `flag` and its value, and that value."""
    for index, word in enumerate(words):
        if word.startswith(f"{flag}="):
            return words[:index] + words[index + 1 :], word.removeprefix(f"{flag}=")
        if word == flag:
            if index + 1 == len(words):
                raise BadInput(f"{flag}: {missing}")
            return words[:index] + words[index + 2 :], words[index + 1]
    return words, None


def _practices(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the arguments without `--with NAME` and `--practice NAME...`, and the names."""
    names: list[str] = []
    while True:
        words, name = _without(words, "--with", "name a practice, as --with instance_noise=0.1")
        if name is None:
            break
        names.append(name)
    if "--practice" in words:
        at = words.index("--practice")
        end = next((i for i in range(at + 1, len(words)) if words[i].startswith("--")), len(words))
        words, names = words[:at] + words[end:], [*words[at + 1 : end], *names]
    return words, tuple(names)


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
