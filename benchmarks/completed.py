"""Tables of completion, from the rows that the benchmarks wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

BASELINES = ("nearest", "biharmonic", "telea", "mean")
OWN = ("default", "default+E", "fast", "fast+E", "amortised+E")

Rows = Sequence[Mapping[str, Any]]


def baselines(rows: Rows, key: str = "psnr_hole", digits: int = 2, *, least: bool = False) -> str:
    """Our default beside the baselines, a line for each set and mask; the best in bold."""
    lines = [
        f"| data | mask | sparring | {' | '.join(BASELINES)} |",
        "|---|---|" + "---|" * (len(BASELINES) + 1),
    ]
    for row in rows:
        if row["preset"] == "default":
            values = [row["methods"][name][key] for name in ("sparring", *BASELINES)]
            best = min(values) if least else max(values)
            cells = [f"**{v:.{digits}f}**" if v == best else f"{v:.{digits}f}" for v in values]
            lines.append(f"| {row['data']} | {row['mask']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def presets(rows: Rows) -> str:
    """The presets on the same nets: hole PSNR after and before blending, SSIM, seconds a picture."""
    lines = [
        "| data | mask | preset | hole PSNR | before blending | SSIM | seconds a picture |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ours = row["methods"]["sparring"]
        numbers = f"{ours['psnr_hole']:.2f} | {ours['psnr_raw']:.2f} | {ours['ssim']:.3f}"
        cells = f"{numbers} | {ours['seconds_per_image']:.3f}"
        lines.append(f"| {row['data']} | {row['mask']} | `{row['preset']}` | {cells} |")
    return "\n".join(lines)


def reach(rows: Rows) -> str:
    """What our searches gain over the best published one, and the share of its time that they take."""
    lines = [
        "| data | preset | mean gain, dB | least gain on a mask, dB | before blending | of the time |",
        "|---|---|---|---|---|---|",
    ]
    for data in dict.fromkeys(row["data"] for row in rows):
        played = {row["preset"] for row in rows if row["data"] == data}
        for ours in (name for name in OWN if name in played):
            found = [_gain(rows, data, mask, ours) for mask in dict.fromkeys(r["mask"] for r in rows)]
            gains, plain, times = zip(*found, strict=True)
            cells = f"{mean(gains):+.2f} | {min(gains):+.2f} | {mean(plain):+.2f} | 1/{1 / mean(times):.0f}"
            lines.append(f"| {data} | `{ours}` | {cells} |")
    return "\n".join(lines)


def _gain(rows: Rows, data: str, mask: str, ours: str) -> tuple[float, float, float]:
    """In dB after and before blending, and as a share of the time."""
    there = {
        row["preset"]: row["methods"]["sparring"]
        for row in rows
        if (row["data"], row["mask"]) == (data, mask)
    }
    published = [row for name, row in there.items() if name not in OWN]
    best = max(published, key=lambda row: row["psnr_hole"])
    gains = (there[ours][key] - max(row[key] for row in published) for key in ("psnr_hole", "psnr_raw"))
    return *gains, there[ours]["seconds_per_image"] / best["seconds_per_image"]


def recovered(rows: Rows) -> str:
    """Pictures of the generator's own that were found again."""
    lines = ["| data | mask | found again | median, dB | seconds a picture |", "|---|---|---|---|---|"]
    for row in rows:
        cells = f"{row['found']:.0%} of {row['pictures']} | {row['median']:.1f} | {row['seconds']:.2f}"
        lines.append(f"| {row['data']} | {row['mask']} | {cells} |")
    return "\n".join(lines)


def curve(rows: Rows) -> str:
    """Quality after so many steps, with an encoder and without."""
    lines = [
        "| data | steps | hole PSNR | with E | seconds a picture | with E |",
        "|---|---|---|---|---|---|",
    ]
    keys = dict.fromkeys((row["data"], row["steps"]) for row in rows)
    for data, steps in keys:
        plain, with_e = (
            next(r for r in rows if (r["data"], r["steps"], r["encoder"]) == (data, steps, encoder))
            for encoder in (False, True)
        )
        cells = [f"{one['psnr_hole']:.2f}" for one in (plain, with_e)]
        cells += [f"{one['seconds_per_image']:.3f}" for one in (plain, with_e)]
        lines.append(f"| {data} | {steps} | {' | '.join(cells)} |")
    return "\n".join(lines)
