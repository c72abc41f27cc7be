"""`sparring evaluate RUN`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.tables import evaluation_table


@dataclass(frozen=True)
class EvaluateArguments:
    """The run, the data to compare with, and the features."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    data: str | None = None
    """Data to compare with, as for train; None: the run's own, the held-out part if there is one."""
    n: int = 10_000
    """Number of fakes and of data to compare; fewer if there are fewer data."""
    features: api.FeatureName | None = None
    """Features to compare pictures by; None: classifier if the data have labels, else random."""
    seed: int = 0
    """Seed of the latents, of the choice of data and of the resampling."""
    json: bool = False
    """Print JSON."""
    neighbours: Path | None = None
    """Also write a PNG of fakes next to their nearest training pictures."""


def main(argv: Sequence[str]) -> int:
    """Evaluate a run, print the metrics as a table or JSON; return 0."""
    about = "Measure a run against real data, and state the protocol."
    args = parse(EvaluateArguments, "evaluate", argv, about)
    with api.progress_bar("drawing") as progress:
        evaluation = api.evaluate(
            args.run,
            data=args.data,
            n=args.n,
            features=args.features,
            seed=args.seed,
            neighbours=args.neighbours,
            progress=progress,
        )
    if args.json:
        print(json.dumps(evaluation.as_json(), indent=2))
    else:
        evaluation_table(evaluation)
    return 0
