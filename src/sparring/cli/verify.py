"""`sparring verify NAME...`: test the claims of recipes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.tables import claim_lines, trial_line


@dataclass(frozen=True)
class VerifyArguments:
    """The claims to test, and the settings of the test."""

    names: tyro.conf.Positional[tuple[str, ...]] = ()
    """Names of recipes (see `sparring zoo`)."""
    all: bool = False
    """Every recipe that has a claim."""
    seeds: int = 3
    """Number of independent repetitions, with seeds 0, 1, ..."""
    jobs: int = 1
    """Number of parallel processes, one thread each."""
    out: Path | None = None
    """Folder for NAME.json; claims that are there are skipped, so that a stopped verification continues."""
    overwrite: bool = False
    """Verify again the claims that are in --out."""
    json: bool = False
    """Print a JSON list."""


def main(argv: Sequence[str]) -> int:
    """Print a row per seed and a verdict per claim; return 1 if a claim is not reproduced, else 0."""
    args = parse(VerifyArguments, "verify", argv, "Test the claims of recipes: three seeds, one verdict.")
    names = api.claim_names() if args.all else list(args.names)
    if not names:
        raise api.BadInput("verify: name at least one recipe, or give --all")
    verified, total = [], len(names) * args.seeds
    with api.progress_bar("verifying") as bar:
        finished: list[api.SeedTrial] = []

        def progress(trial: api.SeedTrial) -> None:
            finished.append(trial)
            bar(len(finished), total)
            if not args.json:
                print(trial_line(trial), flush=True)

        for claim in api.verify(
            names,
            seeds=args.seeds,
            jobs=args.jobs,
            out=args.out,
            overwrite=args.overwrite,
            progress=progress,
        ):
            verified.append(claim)
            if not args.json:
                print("\n".join(claim_lines(claim)), flush=True)
    if args.json:
        print(json.dumps([claim.as_json() for claim in verified], indent=2))
    elif not verified:
        print(f"nothing left to verify: the claims are in {args.out}; --overwrite verifies them again")
    return 0 if all(claim.verdict.reproduced for claim in verified) else 1
