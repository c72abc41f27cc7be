"""Results as tables and lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from sparring.api import Evaluation, SeedTrial, VerifiedClaim

HEADINGS = {"psnr_hole": "hole PSNR", "psnr": "PSNR", "ssim": "SSIM", "seconds_per_image": "s/picture"}


def scores_table(methods: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the mean scores of completion methods, one method per row.

    `methods` maps a name to its scores; the keys of `HEADINGS` that any of them has become columns.
    """
    headings = {key: text for key, text in HEADINGS.items() if any(key in row for row in methods.values())}
    table = Table("method", box=None, pad_edge=False)
    for text in headings.values():
        table.add_column(text, justify="right")
    for name, row in methods.items():
        table.add_row(name, *(f"{row[key]:.4g}" if key in row else "" for key in headings))
    Console().print(table)


def errors_table(errors: Mapping[str, Mapping[str, float]]) -> None:
    """Print the root mean square errors of an encoder by kind of hole: {kind: {"missing", "known"}}."""
    table = Table("hole", box=None, pad_edge=False)
    for text in ("error where missing", "where known"):
        table.add_column(text, justify="right")
    for kind, row in errors.items():
        table.add_row(kind, f"{row['missing']:.4f}", f"{row['known']:.4f}")
    Console().print(table)


def anomalies_table(results: Mapping[str, Any], rows: int = 10) -> None:
    """Print the `rows` highest scores of the results of `api.anomalies`.

    If held-out pictures were scored too, also print how many pictures exceed the limit that 95 % of those
    stay below.
    """
    scores = results["scores"]
    table = Table("picture", box=None, pad_edge=False)
    for text in ("score", "held-out pictures below"):
        table.add_column(text, justify="right")
    for row in scores[:rows]:
        above = f"{row['above']:.0%}" if "above" in row else ""
        table.add_row(row["name"], f"{row['score']:.4g}", above)
    console = Console()
    console.print(table)
    usual = results["usual"]
    if usual["pictures"]:
        count = sum(row["score"] > usual["limit"] for row in scores)
        limit = f"{usual['limit']:.4g}, which 95 of 100 held-out pictures stay below"
        console.print(f"{count} of {len(scores)} pictures score above {limit}", highlight=False)


def evaluation_table(evaluation: Evaluation) -> None:
    """Print every metric with its 95 % interval and its value on real data, then the protocol."""
    table = Table("", box=None, pad_edge=False)
    for text in ("value", "95 % interval", "real data", "n", "better"):
        table.add_column(text, justify="right", no_wrap=True)
    table.add_column("description", overflow="fold")
    for name, number in evaluation.numbers.items():
        at = number.estimate
        interval = f"{at.low:.4g} to {at.high:.4g}"
        row = (f"{at.value:.4g}", interval, f"{number.floor:.4g}", str(number.real_n), number.better)
        table.add_row(name, *row, number.says)
    console = Console()
    console.print(table)
    protocol = evaluation.as_json()["protocol"]
    notes, floor = protocol.pop("notes"), protocol.pop("floor")
    methods = sorted({number.estimate.method for number in evaluation.numbers.values()})
    settings = {**protocol, "real data": floor, "intervals": "; ".join(methods)}
    lines = [f"{key.replace('_', ' ')}: {value}" for key, value in settings.items() if value != ""]
    console.print(
        "\n".join(["", *lines, *(f"note: {note}" for note in notes)]), highlight=False, markup=False
    )


def walk_table(legs: Sequence[Mapping[str, Any]]) -> None:
    """Print the smoothness of each leg of a walk, and its least norm of z; `legs` is "legs" of `api.walk`."""
    table = Table("leg", "way", box=None, pad_edge=False)
    for text in ("max/mean step", "least |z| / prior's"):
        table.add_column(text, justify="right")
    for leg in legs:
        numbers = f"{leg['smoothness']:.2f}", f"{leg['shortest']:.2f}"
        table.add_row(f"{leg['from']} → {leg['to']}", leg["way"], *numbers)
    Console().print(table)


def direction_lines(direction: Mapping[str, Any]) -> list[str]:
    """Return lines on a direction: how well it separates the label, and the effect of moving along it."""
    known = direction["classifier_accuracy"]
    accuracy = "no held-out data to test it" if known is None else f"accuracy {known:.1%} on held-out data"
    shares = "  ".join(
        f"{by:+d}: {share:.0%}" if by else f"0: {share:.0%}"
        for by, share in zip(direction["moved_by"], direction["then_with_label"], strict=True)
    )
    return [
        f"held-out AUC {direction['auc']:.3f} "
        f"(95 %: {direction['auc_low']:.3f} to {direction['auc_high']:.3f}; chance 0.5), "
        f"on {direction['held_out']} samples",
        f"fitted to {direction['samples'] - direction['held_out']} more; {direction['with_label']} of all "
        f"{direction['samples']} have label {direction['label']!r}",
        f"labels by a classifier: {accuracy}",
        f"share of fresh samples with the label, moved by standard deviations: {shares}",
    ]


def trial_line(trial: SeedTrial) -> str:
    """Return one line on a trial: the claim's name, seed, seconds, and its numbers or its error."""
    numbers = "  ".join(f"{name} {value:.4g}" for name, value in trial.numbers.items())
    return f"{trial.name}  seed {trial.seed}  {trial.seconds:.0f} s  {trial.error or numbers}"


def claim_lines(claim: VerifiedClaim) -> list[str]:
    """Return lines on a claim: its statement, the means over the seeds, its bounds and the verdict."""
    verdict = claim.verdict
    means = "  ".join(f"{name} {value:.4g}" for name, value in verdict.means.items())
    outcome = "reproduced" if verdict.reproduced else f"NOT reproduced: {'; '.join(verdict.broken)}"
    lines = [f"{claim.name}: {claim.claim.says}", f"  mean  {means}"]
    lines += [f"  bound {bound}" for bound in claim.claim.bounds]
    return [*lines, f"  {outcome}"]
