"""Printing of a diagnosis on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sparring.api import Diagnosis, Gauge, Trouble

BARS = "▁▂▃▄▅▆▇█"
LONGEST = 16
"""Largest number of characters of a curve."""

MARKS = {"FAIL": "✗", "WARN": "!"}
COLOURS = {"FAIL": "red", "WARN": "yellow", "OK": "green"}


def diagnosis_table(diagnosis: Diagnosis, console: Console | None = None) -> None:
    """Print the verdict, each finding with evidence, causes and remedies, and notes.

    A command is printed on one line, however long, so that it can be copied.
    """
    console = console or Console()
    of = f" of {diagnosis.steps:,}" if diagnosis.step != diagnosis.steps else ""
    best = "" if diagnosis.best is None else f", best check at step {diagnosis.best:,}"
    console.print(
        Text(f"{diagnosis.source}: {diagnosis.about}, step {diagnosis.step:,}{of}{best}", style="dim")
    )
    colour = "red" if diagnosis.findings else "green"
    console.print(Text(f"{'✗' if diagnosis.findings else '✓'} {diagnosis.verdict}", style=f"bold {colour}"))
    for trouble in diagnosis.troubles:
        level = trouble.complaint.level.name
        console.print()
        console.print(Text(f"{MARKS[level]} {trouble.title}", style=f"bold {COLOURS[level]}"))
        console.print(Padding(Group(*_body(trouble, diagnosis)), (0, 0, 0, 2)))
        commands = [remedy.command for remedy in trouble.cures if remedy.command]
        if commands:
            console.print(Text(f"  $ {commands[0]}", style="bold"), soft_wrap=True)
    repairs = [
        f"repaired at step {m.at:,} ({m.because}): back to step {m.back_to:,}, with {m.practice}"
        for m in diagnosis.repairs
    ]
    if diagnosis.notes or repairs:
        console.print()
        console.print(_labelled("note", [*diagnosis.notes, *repairs]))


def curve(values: Sequence[float], gauge: Gauge | None = None) -> Text:
    """Return numbers as at most 16 bars of eight heights, in the colours of their levels on `gauge`.

    `values` has at least one number; of more than 16 those at evenly spaced places are drawn.  The heights
    range from the smallest to the largest of the numbers drawn and the gauge's limits.
    """
    places = np.linspace(0, len(values) - 1, min(LONGEST, len(values))).round().astype(int)
    chosen = [values[place] for place in places]
    limits = [] if gauge is None else [limit for limit in (gauge.warn, gauge.fail) if limit is not None]
    ends = [*chosen, *(end for limit in limits for end in (limit.low, limit.high) if end is not None)]
    low, span = min(ends), (max(ends) - min(ends)) or 1.0
    bars = Text()
    for value in chosen:
        height = round((value - low) / span * (len(BARS) - 1))
        bars.append(BARS[height], "dim" if gauge is None else COLOURS[gauge.level(value).name])
    return bars


def _body(trouble: Trouble, diagnosis: Diagnosis) -> Iterator[RenderableType]:
    curves = trouble.curves(diagnosis.seen)
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "left", "left", "left"):
        table.add_column(justify=justify, no_wrap=True)
    for evidence in trouble.complaint.evidence:
        name, band = evidence.gauge.name, diagnosis.null_bands.get(evidence.gauge.name)
        is_own = name in curves
        _, values = curves.get(name) or curves.get("mmd") or ([], [])
        bars = curve(values, evidence.gauge if is_own else None) if len(values) > 1 else Text()
        number = Text(f"{evidence.value:.3g}", style=COLOURS[evidence.level.name])
        truth = "" if band is None else f"real data {band.low:.2g} to {band.high:.2g}"
        limit = "not finite" if np.isnan(evidence.value) else evidence.why
        table.add_row(name, number, limit, Text(truth, style="dim"), bars)
    yield table
    yield _labelled("likely", trouble.causes)
    if trouble.cures:
        cures = [(c.remedy.practice, f": {c.remedy.why} ({c.remedy.source})") for c in trouble.cures]
        yield _labelled("try", [Text.assemble((name, "bold"), why) for name, why in cures])


def _labelled(label: str, lines: Sequence[str | Text]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=6)
    table.add_column(overflow="fold")
    for place, line in enumerate(lines):
        table.add_row(label if place == 0 else "", Text(line) if isinstance(line, str) else line)
    return table
