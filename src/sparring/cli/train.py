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
from sparring.cli.parsing import parsed
from sparring.core.errors import BadInput
from sparring.core.run import Run

DESCRIPTION = "Train a recipe.  `sparring train RECIPE --help` also lists the knobs of that recipe."


@dataclass(frozen=True)
class Bare:
    """The flags without a recipe."""

    recipe: tyro.conf.Positional[str]
    """Name of a recipe (see `sparring zoo`), or FILE.py:VARIABLE for one of your own."""
    run: tyro.conf.OmitArgPrefixes[Run]


def main(argv: Sequence[str]) -> int:
    """Parse, train, report."""
    words, source = _without(list(argv), "--from", "name a run.json or the run that holds it")
    kept = api.record(Path(source)) if source is not None else None
    if kept is not None and (not words or words[0].startswith("-")):
        words = [kept.recipe, *words]
    if not words or words[0].startswith("-"):
        parsed(Bare, "train", words or ["--help"], DESCRIPTION)
    word = words[0]
    # The knobs are those of the nets and losses that are asked for: these must be known before the flags are.
    _, family = _without(words, "--family", "name a family of nets")
    words, practice = _practices(words)
    family = family or (kept.run.family if kept else "own")
    practice = practice or (kept.run.practice if kept else ())
    recipe = api.practised(api.with_family(api.recipe_named(words[0]), family), practice)
    plain = api.knobs(recipe)
    same = kept is not None and kept.recipe == api.lasting(words[0])
    if kept is not None and same and (kept.run.family, kept.run.practice) == (family, practice):
        recipe = api.turned(recipe, kept.knobs)
    knobs = api.knobs(recipe)
    words = [*words[1:], *(["--practice", *practice] if practice else [])]
    given = parsed(_flags(knobs, kept.run if kept else None), f"train {recipe.name}", words, recipe.title)
    chosen = {path: value for path, value in _chosen(given, knobs).items() if value != plain[path]}
    outcome = api.train(word, given.run, knobs=chosen)
    return report(given.run.out, outcome)


def report(out: Path, outcome: api.Outcome) -> int:
    """Say how a training ended; the exit status."""
    if outcome.stopped:
        print(f"stopped at step {outcome.step}; go on with: sparring resume {out}")
        return INTERRUPTED
    print(f"step {outcome.step} after {outcome.seconds:.1f} s: {out}")
    return 0


def _without(words: list[str], flag: str, missing: str) -> tuple[list[str], str | None]:
    """The words without `flag` and its value, and that value."""
    for index, word in enumerate(words):
        if word.startswith(f"{flag}="):
            return words[:index] + words[index + 1 :], word.removeprefix(f"{flag}=")
        if word == flag:
            if index + 1 == len(words):
                raise BadInput(f"{flag}: {missing}")
            return words[:index] + words[index + 2 :], words[index + 1]
    return words, None


def _practices(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words without `--with NAME` and `--practice NAME...`, and the names."""
    found: list[str] = []
    while True:
        words, name = _without(words, "--with", "name a practice, as --with instance_noise=0.1")
        if name is None:
            break
        found.append(name)
    if "--practice" in words:
        at = words.index("--practice")
        end = next((i for i in range(at + 1, len(words)) if words[i].startswith("--")), len(words))
        words, found = words[:at] + words[end:], [*words[at + 1 : end], *found]
    return words, tuple(found)


def _flags(knobs: Mapping[str, Any], run: Run | None) -> type:
    """A dataclass whose fields are the run's and, nested, the recipe's knobs."""
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
    """The kept run, but for where it is written: that must be said anew."""
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


def _chosen(given: Any, knobs: Mapping[str, Any]) -> dict[str, Any]:
    def at(path: str) -> Any:
        value = given
        for key in path.split("."):
            value = getattr(value, key)
        return value

    return {path: at(path) for path in knobs}
