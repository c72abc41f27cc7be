"""`sparring demo`."""

from __future__ import annotations

from collections.abc import Sequence

from sparring import api
from sparring.cli.parsing import parse
from sparring.cli.tables import scores_table


def main(argv: Sequence[str]) -> int:
    """Run the demonstration, print its scores and the path of its report; return 0."""
    args = parse(api.Demo, "demo", argv, "Train on scanned digits, complete damaged ones, write a report.")
    with api.progress_bar("completing") as progress:
        metrics = api.demo(args, progress=progress)
    scores_table(metrics["completion"])
    print(f"trained in {metrics['train_seconds']} s; open {args.out / 'report.html'}")
    return 0
