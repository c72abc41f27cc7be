"""`sparring invert RUN`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.arguments import TaskOnRun
from sparring.cli.parsing import parse


def main(argv: Sequence[str]) -> int:
    """Find the latent of a picture, print the error and the output folder; return 0."""
    about = "Find the latent whose sample is nearest to a picture."
    args = parse(TaskOnRun[api.Inversion], "invert", argv, about)
    result = api.invert(args.run, args.task)
    print(f"error {result['error']:.4f} in a range of 2")
    print(args.task.out)
    return 0
