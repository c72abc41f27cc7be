"""Remedies that apply to a run, and the commands that continue with one of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sparring.core.errors import BadInput
from sparring.core.knobs import knobs
from sparring.core.recipe import Recipe
from sparring.diagnostics.remedies import Remedy, remedies
from sparring.diagnostics.verdict import Kind
from sparring.runs.record import Record
from sparring.tasks.opening.resolve import resolve, resolve_record


def applicable_remedies(record: Record, source: Recipe, failing: Iterable[Kind]) -> Iterator[Remedy]:
    """Yield the remedies to try for the problems `failing` of a recorded run, in the order to try them.

    `source` is the run's recipe as its file states it.  Remedies for faults of the recipe itself
    (`FAULT_REMEDIES`, such as unequal learning rates) come first, then those of each kind, in the order of
    `failing`.  Left out are remedies that the run has tried, those that would change nothing, and those that
    cannot be added to the run's recipe with its practices and the remedies it has tried.
    """
    tried = [repair.practice for repair in record.repairs]
    recipe = resolve_record(record, recipe=source, remedies=tried)
    for remedy in remedies(failing, recipe, record.space, tried):
        try:
            resolve_record(record, recipe=source, remedies=[*tried, remedy.practice])
        except BadInput:
            continue
        yield remedy


def resume_command(folder: Path, practice: str, step: int) -> str:
    """Return the shell command that resumes the run at `folder` from its checkpoint at `step` with a remedy.

    For `practice` "r1": "sparring resume FOLDER --with r1 --back-to STEP".
    """
    words = ["sparring", "resume", str(folder), "--with", practice, "--back-to", str(step)]
    return shlex.join(words)


def retrain_command(folder: Path, record: Record, source: Recipe, practice: str) -> str:
    """Return the shell command that trains the run again from step 0 with one more remedy, `practice`.

    It applies the run's practices, all remedies so far and `practice`, and writes to a new folder beside the
    run, named NAME-repaired.  Knobs that were set by hand are repeated as flags, with their values after the
    remedies: `train --from` resets them to the recipe's own values once practices are named.
    """
    remedies_applied = [*(repair.practice for repair in record.repairs), practice]
    words = ["sparring", "train", "--from", str(folder), "--out", str(_free_path(folder))]
    practices = (*record.run.practice, *remedies_applied)
    words += [word for name in practices for word in ("--with", name)]
    defaults = knobs(resolve(source, replace(record.run, practice=practices), {}))
    wanted = knobs(resolve(source, record.run, record.knobs, remedies=remedies_applied))
    changed = {path: value for path, value in wanted.items() if path in defaults and defaults[path] != value}
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


def _free_path(folder: Path) -> Path:
    """Return a path beside the run that does not exist yet."""
    folder = folder if folder.name else folder.resolve()
    names = (
        folder.with_name(f"{folder.name}-repaired{tail}") for tail in ("", *(f"-{i}" for i in range(2, 99)))
    )
    return next(path for path in names if not path.exists())
