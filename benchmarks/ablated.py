"""The tables of the ablation: what each practice did to three games, and what broken games raise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

Row = Mapping[str, Any]

PLAIN, STEADY = "plain", "r1"
"""The games without anything done to them, and with the penalty that makes them settle."""

COLUMNS = (
    ("modes, ring8", "ring8", "modes"),
    ("modes, grid25", "grid25", "modes"),
    ("MMD², ring8", "ring8", "mmd"),
    ("MMD², grid25", "grid25", "mmd"),
    ("FD, digits", "digits", "frechet"),
)
"""Headings, benches and measures; modes are shown as they are, distances over the plain game's."""


def effects(rows: Sequence[Row]) -> str:
    """A line a practice: means over its seeds, the plain game's over the same seeds beside or below them."""
    listed = [row for row in rows if not row["meant"]]
    if not listed:
        return "Not measured yet."
    heads = ["practice", *(head for head, _, _ in COLUMNS), "alarms"]
    lines = [_extent(listed), "", _line(heads), "|---" * len(heads) + "|"]
    for name in dict.fromkeys(row["arm"] for row in listed):
        group = [row for row in listed if row["arm"] == name]
        cells = [_cell(group, listed, bench, measure) for _, bench, measure in COLUMNS]
        lines.append(_line([_named(group), *cells, _alarms(group)]))
    refused = _refusals(listed)
    return "\n".join([*lines, "", *refused] if refused else lines)


def broken(rows: Sequence[Row]) -> str:
    """A line for each game broken on purpose and bench: whether its complaint is raised there alone."""
    listed = [row for row in rows if row["meant"]]
    if not listed:
        return "Not measured yet."
    heads = [
        "broken",
        "on",
        "meant to raise",
        "raised",
        "by the plain game",
        "with `r1`",
        "all that failed",
        "single gauges",
    ]
    lines = [_line(heads), "|---" * len(heads) + "|"]
    for name, bench in dict.fromkeys((row["arm"], row["bench"]) for row in listed):
        group = [row for row in listed if (row["arm"], row["bench"]) == (name, bench)]
        meant, seeds = group[0]["meant"], {row["seed"] for row in group}
        beside = [
            _raised([r for r in rows if (r["arm"], r["bench"]) == (arm, bench) and r["seed"] in seeds], meant)
            for arm in (PLAIN, STEADY)
        ]
        kinds = dict.fromkeys(kind for row in group for kind in _complaints(row))
        gauges = dict.fromkeys(f"`{gauge}`" for row in group for gauge in row.get("gauges", {}))
        said = [", ".join(names) or "nothing" for names in (kinds, gauges)]
        lines.append(_line([name, bench, meant, _raised(group, meant), *beside, *said]))
    return "\n".join(lines)


def _extent(rows: Sequence[Row]) -> str:
    seeds = {bench: _seeds(rows, bench) for bench in dict.fromkeys(bench for _, bench, _ in COLUMNS)}
    counts = ", ".join(f"{len(found)} on {bench}" for bench, found in seeds.items())
    return f"Seeds: {counts}."


def _seeds(rows: Iterable[Row], bench: str) -> set[int]:
    return {row["seed"] for row in rows if row["bench"] == bench}


def _named(group: Sequence[Row]) -> str:
    words = list(dict.fromkeys(word for row in group for word in row["words"]))
    return ", ".join(f"`{word}`" for word in words) or PLAIN


def _cell(group: Sequence[Row], rows: Sequence[Row], bench: str, measure: str) -> str:
    here = [row for row in group if row["bench"] == bench]
    if not here:
        return ""
    if any("refused" in row for row in here):
        return "does not apply"
    if any("same" in row for row in here):
        return "the same"
    seeds = {row["seed"] for row in here}
    plain = [r for r in rows if (r["arm"], r["bench"]) == (PLAIN, bench) and r["seed"] in seeds]
    lost = sum("diverged" in row for row in here)
    note = [f"{lost} of {len(here)} diverged"] if lost else []
    return ", ".join([*_beside(_mean(here, measure), _mean(plain, measure), measure, here), *note])


def _beside(own: float | None, plain: float | None, measure: str, here: Sequence[Row]) -> list[str]:
    """A mean beside the plain game's: the two modes, or the ratio of the two distances.

    The squared MMD is unbiased, so that chance takes it below 0 where samples are as good as data.
    """
    if own is None:
        return []
    if here[0]["arm"] == PLAIN or plain is None:
        return [f"{own:.1f}" if measure != "mmd" else f"{own:.4f}"]
    if measure == "modes":
        return [f"{own:.1f} ({plain:.1f})"]
    return [f"× {max(own, 0.0) / plain:.2f}"] if plain > 0 else [f"{own:.4f} ({plain:.4f})"]


def _mean(rows: Iterable[Row], measure: str) -> float | None:
    found = [row[measure] for row in rows if measure in row]
    return fmean(found) if found else None


def _complaints(row: Row) -> list[str]:
    return [*row.get("failed", {}), *(["diverged"] if "diverged" in row else [])]


def _alarms(group: Iterable[Row]) -> str:
    played = [row for row in group if "failed" in row]
    return f"{sum(bool(_complaints(row)) for row in played)} of {len(played)}" if played else ""


def _raised(group: Sequence[Row], kind: str) -> str:
    played = [row for row in group if "failed" in row]
    return f"{sum(kind in row['failed'] for row in played)} of {len(played)}" if played else ""


def _refusals(rows: Iterable[Row]) -> list[str]:
    """Who does not apply where, and why, each reason once."""
    where: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if "refused" in row:
            where.setdefault((row["arm"], row["refused"]), []).append(row["bench"])
    return [
        f"- `{arm}` does not apply to {', '.join(dict.fromkeys(found))}: {reason}"
        for (arm, reason), found in where.items()
    ]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
