"""A diagnosis for a terminal."""

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
"""Characters of a curve."""

MARKS = {"FAIL": "✗", "WARN": "!"}
COLOURS = {"FAIL": "red", "WARN": "yellow", "OK": "green"}


def verdict_table(found: Diagnosis, console: Console | None = None) -> None:
    """Print the verdict, each finding with evidence, causes and remedies, and what a reader should know.

    A command stands on one line of its own, however long, so that it can be copied.
    """
    console = console or Console()
    of = f" of {found.steps:,}" if found.step != found.steps else ""
    best = "" if found.best is None else f", best look at step {found.best:,}"
    console.print(Text(f"{found.source}: {found.about}, step {found.step:,}{of}{best}", style="dim"))
    colour = "red" if found.findings else "green"
    console.print(Text(f"{'✗' if found.findings else '✓'} {found.verdict}", style=f"bold {colour}"))
    for one in found.troubles:
        level = one.complaint.level.name
        console.print()
        console.print(Text(f"{MARKS[level]} {one.title}", style=f"bold {COLOURS[level]}"))
        console.print(Padding(Group(*_body(one, found)), (0, 0, 0, 2)))
        commands = [cure.command for cure in one.cures if cure.command]
        if commands:
            console.print(Text(f"  $ {commands[0]}", style="bold"), soft_wrap=True)
    mended = [
        f"mended at step {m.at:,} ({m.because}): back to step {m.back_to:,}, with {m.practice}"
        for m in found.mended
    ]
    if found.notes or mended:
        console.print()
        console.print(_labelled("note", [*found.notes, *mended]))


def curve(values: Sequence[float], gauge: Gauge | None = None) -> Text:
    """Numbers as bars of eight heights, at most 16, in the colours of their levels on `gauge`.

    The heights go from the least to the largest, the gauge's limits included.
    """
    places = np.linspace(0, len(values) - 1, min(LONGEST, len(values))).round().astype(int)
    shown = [values[place] for place in places]
    limits = [] if gauge is None else [one for one in (gauge.warn, gauge.fail) if one is not None]
    ends = [*shown, *(end for one in limits for end in (one.low, one.high) if end is not None)]
    low, span = min(ends), (max(ends) - min(ends)) or 1.0
    bars = Text()
    for value in shown:
        height = round((value - low) / span * (len(BARS) - 1))
        bars.append(BARS[height], "dim" if gauge is None else COLOURS[gauge.level(value).name])
    return bars


def _body(one: Trouble, found: Diagnosis) -> Iterator[RenderableType]:
    curves = one.curves(found.seen)
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "left", "left", "left"):
        table.add_column(justify=justify, no_wrap=True)
    for evidence in one.complaint.evidence:
        name, band = evidence.gauge.name, found.null.get(evidence.gauge.name)
        own = name in curves
        _, values = curves.get(name) or curves.get("mmd") or ([], [])
        shown = curve(values, evidence.gauge if own else None) if len(values) > 1 else Text()
        number = Text(f"{evidence.value:.3g}", style=COLOURS[evidence.level.name])
        truth = "" if band is None else f"truth {band.low:.2g} to {band.high:.2g}"
        limit = "not finite" if np.isnan(evidence.value) else evidence.why
        table.add_row(name, number, limit, Text(truth, style="dim"), shown)
    yield table
    yield _labelled("likely", one.causes)
    if one.cures:
        cures = [(c.remedy.practice, f": {c.remedy.why} ({c.remedy.source})") for c in one.cures]
        yield _labelled("try", [Text.assemble((name, "bold"), why) for name, why in cures])


def _labelled(label: str, lines: Sequence[str | Text]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=6)
    table.add_column(overflow="fold")
    for place, line in enumerate(lines):
        table.add_row(label if place == 0 else "", Text(line) if isinstance(line, str) else line)
    return table
