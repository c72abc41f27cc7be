"""`sparring verify NAME...`: put the claims of recipes to the test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed
from sparring.cli.tables import claim_lines, trial_line


@dataclass(frozen=True)
class Verify:
    """Which claims, and how."""

    names: tyro.conf.Positional[tuple[str, ...]] = ()
    """Names of recipes (see `sparring zoo`)."""
    all: bool = False
    """Every recipe that has a claim."""
    seeds: int = 3
    """Independent repetitions, seeds 0, 1, ..."""
    jobs: int = 1
    """Processes at once, one thread each."""
    out: Path | None = None
    """Folder for NAME.json; claims that stand there are passed over, so a stopped verification goes on."""
    overwrite: bool = False
    """Verify again what stands in --out."""
    json: bool = False
    """Print a JSON list."""


def main(argv: Sequence[str]) -> int:
    """Print a row a seed and a verdict a claim; the exit status is 1 where one is not reproduced."""
    given = parsed(Verify, "verify", argv, "Put the claims of recipes to the test: three seeds, one verdict.")
    names = api.claim_names() if given.all else list(given.names)
    if not names:
        raise api.BadInput("verify: name at least one recipe, or give --all")
    found, total = [], len(names) * given.seeds
    with api.bar("verifying") as bar:
        finished: list[api.Trial] = []

        def progress(trial: api.Trial) -> None:
            finished.append(trial)
            bar(len(finished), total)
            if not given.json:
                print(trial_line(trial), flush=True)

        for claim in api.verify(
            names,
            seeds=given.seeds,
            jobs=given.jobs,
            out=given.out,
            overwrite=given.overwrite,
            progress=progress,
        ):
            found.append(claim)
            if not given.json:
                print("\n".join(claim_lines(claim)), flush=True)
    if given.json:
        print(json.dumps([claim.as_json() for claim in found], indent=2))
    elif not found:
        print(f"nothing left to verify: the claims stand in {given.out}; --overwrite verifies them again")
    return 0 if all(claim.verdict.reproduced for claim in found) else 1
