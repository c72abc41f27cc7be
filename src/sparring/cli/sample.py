"""`sparring sample RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parsed


@dataclass(frozen=True)
class Sample:
    """What to draw and where to put it."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    out: Path = Path("samples.png")
    """Sheet of samples to write."""
    n: int = 64
    """Number of samples."""
    seed: int = 0
    """Seed of the latents."""
    label: str | None = None
    """Class of the data that all samples are to be of, for recipes that are told it; None: as in the data."""
    npz: Path | None = None
    """Also write the samples as an array `x`: uint8 (n, height, width, channels), or float32 points."""


def main(argv: Sequence[str]) -> int:
    """Parse, draw, report."""
    given = parsed(Sample, "sample", argv, "Draw samples from a run's averaged generator.")
    api.sample(given.run, out=given.out, n=given.n, seed=given.seed, label=given.label, npz=given.npz)
    print(given.out)
    return 0
