"""`sparring evaluate RUN`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed
from sparring.cli.tables import evaluation_table


@dataclass(frozen=True)
class Evaluate:
    """Which run is measured, against what, and by which features."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    data: str | None = None
    """Data to compare with, as for train; None: the run's own, the part held out where there is one."""
    n: int = 10_000
    """Fakes and data to compare, as far as there are so many data."""
    features: api.FeatureName | None = None
    """What pictures are compared by; None: classifier where the data have labels, else random."""
    seed: int = 0
    """Seed of the latents, of the data chosen and of the resampling."""
    json: bool = False
    """Print JSON."""
    neighbours: Path | None = None
    """Also write a PNG of fakes beside the training pictures nearest to them."""


def main(argv: Sequence[str]) -> int:
    """Parse, measure, report."""
    given = parsed(Evaluate, "evaluate", argv, "Measure a run against real data, by a protocol it states.")
    with api.bar("drawing") as progress:
        found = api.evaluate(
            given.run,
            data=given.data,
            n=given.n,
            features=given.features,
            seed=given.seed,
            neighbours=given.neighbours,
            progress=progress,
        )
    if given.json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        evaluation_table(found)
    return 0
