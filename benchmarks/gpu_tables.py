"""Tables of what was measured on a GPU."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

Row = Mapping[str, Any]

MISSING = "Not measured yet."


def gpu_tables(path: Path) -> dict[str, str]:
    """The blocks of the page on speed that are of a GPU; they say so where nothing was measured."""
    found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {"rows": []}
    rows = found["rows"]
    return {
        "gpu": _rounds([row for row in rows if "order" in row], found),
        "gpu_compiled": _compiled([row for row in rows if "way" in row]),
        "gpu_search": _searches([row for row in rows if "search" in row]),
    }


def _rounds(rows: Sequence[Row], found: Mapping[str, Any]) -> str:
    """A round of the engine, its turns in each order, beside the loops written by hand."""
    if not rows:
        return MISSING
    lines = [
        f"{found['card']}, PyTorch {found['torch']}, {found['date']}:",
        "",
        "| case | order of turns | engine, ms | plain, ms | ratio | its spread | fast, ms | ratio | "
        "pictures a second | GPU busy | MiB | settings chosen |",
        "|" + "---|" * 12,
    ]
    for row in rows:
        plain, fast = row["plain_ratios"], row["fast_ratios"]
        busy = "" if row["busy"] is None else f"{row['busy']:.0%}"
        cells = [
            row["case"], f"`{row['order']}`", _ms(row["engine_seconds"]), _ms(row["plain_seconds"]),
            f"{median(plain):.2f}", f"{plain[0]:.2f} to {plain[-1]:.2f}", _ms(row["fast_seconds"]),
            f"{median(fast):.2f}", f"{row['batch'] / row['engine_seconds']:,.0f}", busy,
            f"{row['memory_mib']:.0f}", _settings(row["machine"]),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _repeatable(rows)])


def _repeatable(rows: Sequence[Row]) -> str:
    """What it costs that a run can be repeated."""
    own = [row for row in rows if row["order"] == "own"]
    costs = [row["engine_seconds"] / row["free_seconds"] - 1 for row in own]
    worst = max(range(len(own)), key=lambda i: costs[i])
    return (
        f"Algorithms that repeat to the bit cost {median(costs):.0%} of a round in the middle "
        f"and {costs[worst]:.0%} at most ({own[worst]['case']})."
    )


def _compiled(rows: Sequence[Row]) -> str:
    """Rounds eager, compiled, and replayed as graphs."""
    if not rows:
        return MISSING
    lines = [
        "| case | eager, ms | compiled, ms | graphs, ms | first nine rounds, s | GPU busy |",
        "|---|---|---|---|---|---|",
    ]
    ways = ("eager", "compiled", "graphs")
    for row in rows:
        times = " | ".join(_ms(row[f"{way}_seconds"]) for way in ways)
        first = ", ".join(f"{row['first_rounds_seconds'][way]:.1f}" for way in ways)
        busy = ", ".join("?" if row[f"{way}_busy"] is None else f"{row[f'{way}_busy']:.0%}" for way in ways)
        lines.append(f"| {row['case']} | {times} | {first} | {busy} |")
    return "\n".join(lines)


def _searches(rows: Sequence[Row]) -> str:
    """Seconds a picture that is completed."""
    if not rows:
        return MISSING
    lines = [
        "| preset | searches x steps | CPU, s a picture | GPU, s a picture | GPU, one alone, s | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        count, slow, quick = row["pictures"], row["cpu_seconds"], row["cuda_seconds"]
        cells = [
            f"`{row['search']}`", f"{row['restarts']} x {row['steps']}",
            f"{slow:.3f} ({row['threads']} threads, {count['cpu']} pictures)",
            f"{quick:.4f} ({count['cuda']} pictures)", f"{row['cuda_seconds_alone']:.3f}",
            f"{slow / quick:.0f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.2f}"


def _settings(chosen: Mapping[str, Any]) -> str:
    return ", ".join(
        ["bf16" if chosen["bf16"] else "fp32", "channels_last" if chosen["channels_last"] else "contiguous"]
    )
