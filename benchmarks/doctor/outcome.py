"""What the trials say: who was ill, who was found ill, who was repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean, median
from typing import Any

Row = Mapping[str, Any]

WITHIN = 1.3
"""Samples are as good as a healthy run's if their modes or distance are within so many times of its mean."""

HEALTHY = "healthy"


def good(row: Row, result: Row, rows: Sequence[Row]) -> bool:
    """Whether the samples of a treatment are as good as those of the same ward's healthy runs, on average."""
    wards = [other for other in rows if other["plant"] == HEALTHY and other["ward"] == row["ward"]]
    if result.get("modes") is None and result.get("frechet") is None:
        return False
    if result["modes"] is not None:
        return bool(result["modes"] * WITHIN >= mean(other["modes"] for other in wards))
    return bool(result["frechet"] <= WITHIN * mean(other["frechet"] for other in wards))


def ill(row: Row, rows: Sequence[Row]) -> bool:
    """Whether the planted failure did harm: the watched run's samples are not as good."""
    return row["plant"] != HEALTHY and (not good(row, row, rows) or "diverged" in row["failed"])


def healed(row: Row, rows: Sequence[Row]) -> bool:
    """Whether something was done, and the samples are good in the end."""
    return bool(row["repaired"].get("done")) and good(row, row["repaired"], rows)


def first(row: Row) -> int | None:
    """The step at which something first failed."""
    return min(row["failed"].values(), default=None)


def summary(rows: Sequence[Row]) -> str:
    """The three rates; of finding also for kinds that rules were tried on, and for others."""
    lines = ["| | tuned on | not tuned on | all |", "|---|---|---|---|"]
    sick = [row for row in rows if ill(row, rows)]
    found = [row for row in sick if row["detected"]]
    healthy = [row for row in rows if row["plant"] == HEALTHY]
    lines.append(_line("planted failures that did harm and were found", sick, lambda row: row["detected"]))
    cured = _share([healed(row, rows) for row in found])
    lines.append(f"| of those found, repaired to within 1.3 times | | | {cured} |")
    alarms = sum(row["detected"] for row in healthy)
    lines.append(f"| healthy runs with an alarm | | | {alarms} of {len(healthy)} |")
    return "\n".join(lines)


def _line(name: str, rows: Sequence[Row], holds: Callable[[Row], bool]) -> str:
    parts = [[row for row in rows if row["tuned"]], [row for row in rows if not row["tuned"]], rows]
    return f"| {name} | " + " | ".join(_share([holds(row) for row in part]) for part in parts) + " |"


def _share(held: Sequence[bool]) -> str:
    return f"{sum(held)} of {len(held)} ({sum(held) / len(held):.0%})" if held else "none"


def by_kind(rows: Sequence[Row]) -> str:
    """One line for each failure and ward."""
    heads = (
        "planted",
        "in",
        "runs",
        "ill",
        "found",
        "first alarm",
        "as",
        "samples, watched -> repaired",
        "well",
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for plant, ward in dict.fromkeys((row["plant"], row["ward"]) for row in rows):
        group = [row for row in rows if (row["plant"], row["ward"]) == (plant, ward)]
        lines.append(_kind(plant, ward, group, rows))
    return "\n".join(lines)


def _kind(plant: str, ward: str, group: Sequence[Row], rows: Sequence[Row]) -> str:
    found = [row for row in group if row["detected"]]
    steps = [step for row in found if (step := first(row)) is not None]
    names = dict.fromkeys(name for row in found for name in row["failed"])
    cured = [row for row in found if ill(row, rows) and healed(row, rows)]
    sick = [row for row in group if ill(row, rows)]
    repaired = [row["repaired"] for row in found if row["repaired"]]
    cells = (
        plant + ("" if group[0]["tuned"] else " *"),
        ward,
        len(group),
        len(sick),
        len(found),
        f"{median(steps):.0f} of {group[0]['steps']}" if steps else "",
        ", ".join(names),
        f"{_samples(group)} -> {_samples(repaired)}" if repaired else _samples(group),
        len(cured) if repaired else "",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _samples(results: Iterable[Row]) -> str:
    """Mean modes or distance."""
    listed = list(results)
    modes = [one["modes"] for one in listed if one.get("modes") is not None]
    distances = [one["frechet"] for one in listed if one.get("frechet") is not None]
    if modes:
        return f"{mean(modes):.1f} modes"
    return f"FD {mean(distances):.1f}" if distances else "none"
