"""`sparring sample RUN`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tyro

from sparring import api
from sparring.cli.parsing import parse


@dataclass(frozen=True)
class SampleArguments:
    """The samples to generate, and the files to write."""

    run: tyro.conf.Positional[Path]
    """Run directory."""
    out: Path = Path("samples.png")
    """Sheet of samples to write."""
    n: int = 64
    """Number of samples."""
    seed: int = 0
    """Seed of the latents."""
    label: str | None = None
    """Class of all samples, for recipes with labels; None: as frequent as in the data."""
    npz: Path | None = None
    """Also write the samples as an array `x`: uint8 (n, height, width, channels), or float32 points."""


def main(argv: Sequence[str]) -> int:
    """Write samples of a run, print the path of their sheet; return 0."""
    args = parse(SampleArguments, "sample", argv, "Generate samples with a run's averaged generator.")
    api.sample(args.run, out=args.out, n=args.n, seed=args.seed, label=args.label, npz=args.npz)
    print(args.out)
    return 0
