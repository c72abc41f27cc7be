"""Remedies that fit a run, and the command that goes on with one."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sparring.core.errors import BadInput
from sparring.core.knobs import knobs
from sparring.core.recipe import Recipe
from sparring.diagnostics.remedies import Remedy, remedies
from sparring.diagnostics.verdict import Kind
from sparring.practice.catalogue import practised
from sparring.runs.record import Record
from sparring.tasks.opening.lookup import recipe_named
from sparring.tasks.opening.setup import remedied, with_family


def fitting(kept: Record, base: Recipe, ill: Iterable[Kind]) -> Iterator[Remedy]:
    """Remedies that were not tried and go with all that were, the first to try first.

    `base` is the run's recipe before it was mended and its turns were ordered.
    """
    tried = [one.practice for one in kept.mended]
    recipe = remedied(kept, base, tried)
    for remedy in remedies(ill, recipe, kept.space, tried):
        try:
            remedied(kept, base, [*tried, remedy.practice])
        except BadInput:
            continue
        yield remedy


def going_back(folder: Path, practice: str, step: int) -> str:
    """The command that goes on with a remedy from the checkpoint at `step`."""
    words = ["sparring", "resume", str(folder), "--with", practice, "--back-to", str(step)]
    return shlex.join(words)


def beginning_anew(folder: Path, kept: Record, base: Recipe, practice: str) -> str:
    """The command that trains the run again from its start, with all remedies so far and one more.

    Knobs that were set by hand are repeated as flags, as the remedies leave them: those of `train --from`
    fall back to the recipe's own once practices are named.
    """
    mended = [*(one.practice for one in kept.mended), practice]
    words = ["sparring", "train", "--from", str(folder), "--out", str(_free(folder))]
    practices = (*kept.run.practice, *mended)
    words += [word for name in practices for word in ("--with", name)]
    plain = knobs(practised(with_family(recipe_named(kept.recipe), kept.run.family), practices))
    wanted = knobs(practised(base, mended))
    changed = {path: value for path, value in wanted.items() if path in plain and plain[path] != value}
    return shlex.join([*words, *_flags(changed)])


def _flags(settings: Mapping[str, Any]) -> Iterator[str]:
    for path, value in settings.items():
        if isinstance(value, bool):
            inner, _, last = path.rpartition(".")
            yield f"--{path}" if value else f"--{inner}.no-{last}"
        elif isinstance(value, tuple):
            yield from (f"--{path}", *map(str, value))
        else:
            yield f"--{path}={value}"


def _free(folder: Path) -> Path:
    """A name beside the run that nothing bears yet."""
    folder = folder if folder.name else folder.resolve()
    names = (
        folder.with_name(f"{folder.name}-mended{tail}") for tail in ("", *(f"-{i}" for i in range(2, 99)))
    )
    return next(path for path in names if not path.exists())
