"""A diagnosis as one page that opens from disk and loads nothing."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from html import escape
from math import isfinite
from typing import TYPE_CHECKING

from sparring.diagnostics.finding import Finding, Level
from sparring.diagnostics.gauges import GAUGES
from sparring.diagnostics.verdict import Kind
from sparring.plots.gauges import gauge_figure
from sparring.tasks.doctor.diagnosis import Cure, Diagnosis, Trouble
from sparring.tasks.figures.losses import figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
:root { color-scheme: light dark; --ink: #1d2129; --soft: #5b6570; --line: #dfe3e8; --box: #f4f5f7;
  --page: #fff; --good: #1f7a3d; --warn: #9a6700; --bad: #c02c2c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --soft: #9aa4af; --line: #333a42;
  --box: #1d2228; --page: #14171b; --good: #57c278; --warn: #e0ad3e; --bad: #f07070; } }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page);
  max-width: 54rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.3rem; margin: 0 0 .8rem; }
h3 { font-size: .95rem; margin: 1.4rem 0 .3rem; color: var(--soft); font-weight: 600; }
section { border-top: 1px solid var(--line); padding-top: 1.6rem; margin-top: 2.2rem; }
p, ul, ol { margin: .3rem 0; } .soft { color: var(--soft); }
.good { color: var(--good); } .WARN, .warn { color: var(--warn); } .FAIL, .bad { color: var(--bad); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { padding: .35rem .9rem .35rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } td.n { font-variant-numeric: tabular-nums; white-space: nowrap; }
img { max-width: 100%; height: auto; display: block; margin-top: 1rem; }
img.card { background: #fff; border-radius: 6px; }
pre { background: var(--box); padding: .6rem .9rem; border-radius: 6px; white-space: pre-wrap;
  overflow-wrap: anywhere; margin: .3rem 0 .8rem; user-select: all; }
code { font: .88em ui-monospace, monospace; }
li { margin: .2rem 0; }
"""

KNOWN = {gauge.name: gauge for gauge in GAUGES}


def page(found: Diagnosis) -> str:
    """The diagnosis as HTML: verdict, every finding with its evidence, plot and remedies, the losses."""
    parts = [_head(found), *(_section(one, found) for one in found.troubles)]
    if found.rows:
        parts.append(f"<section><h2>Losses</h2>{_losses(found)}</section>")
    title = escape(f"Diagnosis of {found.source.name}")
    head = (
        "<meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{title}</title><style>{STYLE}</style>"
    )
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _head(found: Diagnosis) -> str:
    ill = bool(found.findings)
    of = f" of {found.steps:,}" if found.step != found.steps else ""
    facts = [f"step {found.step:,}{of}", *([] if found.best is None else [f"best look: step {found.best:,}"])]
    mended = [
        f"mended at step {one.at:,} ({one.because}): back to step {one.back_to:,}, with {one.practice}"
        for one in found.mended
    ]
    return (
        f"<header><p class='soft'>{escape(found.about)} &middot; {escape(str(found.source))} &middot; "
        f"{escape(', '.join(facts))}</p><h1 class='{'bad' if ill else 'good'}'>{escape(found.verdict)}</h1>"
        f"{_list([one.title for one in found.troubles])}"
        f"<div class='soft'>{_list([*found.notes, *mended])}</div></header>"
    )


def _section(one: Trouble, found: Diagnosis) -> str:
    level = one.complaint.level
    word = "" if level is Level.FAIL else " <span class='soft'>(worth watching)</span>"
    rows = "".join(_row(evidence, found) for evidence in one.complaint.evidence)
    table = (
        "<div class='wide'><table><thead><tr><th>gauge</th><th>value</th><th>limit</th>"
        f"<th>of true samples</th><th>what it is</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
    return (
        f"<section><h2 class='{level.name}'>{escape(one.title)}{word}</h2>{table}{_plot(one, found)}"
        f"<h3>Likely causes</h3>{_list(one.causes)}{_cures(one.cures)}</section>"
    )


def _row(one: Finding, found: Diagnosis) -> str:
    band = found.null.get(one.gauge.name)
    null = "–" if band is None else f"{band.low:.3g} to {band.high:.3g}"
    cells = (
        f"<td>{escape(one.gauge.name)}</td><td class='n {one.level.name}'>{one.value:.4g}</td>"
        f"<td class='n'>{escape(one.why)}</td><td class='n'>{null}</td>"
    )
    return f"<tr>{cells}<td class='soft'>{escape(one.gauge.says)} ({escape(one.gauge.source)})</td></tr>"


def _cures(cures: Iterable[Cure]) -> str:
    items = "".join(
        f"<li><code>{escape(cure.remedy.practice)}</code>: {escape(cure.remedy.why)} "
        f"<span class='soft'>({escape(cure.remedy.source)})</span>"
        + (f"<pre><code>{escape(cure.command)}</code></pre>" if cure.command else "")
        + "</li>"
        for cure in cures
    )
    return f"<h3>Remedies, in the order to try them</h3><ol>{items}</ol>" if items else ""


def _plot(one: Trouble, found: Diagnosis) -> str:
    """The evidence through the run; nothing where a single look was had."""
    curves = {name: curve for name, curve in one.curves(found.seen).items() if len(curve[0]) > 1}
    if not curves:
        return ""
    gauges = {**KNOWN, **{evidence.gauge.name: evidence.gauge for evidence in one.complaint.evidence}}
    mark = "best" if one.complaint.kind is Kind.PAST_BEST else "since"
    figure = gauge_figure(curves, gauges, one.complaint.since, found.steps, mark)
    return _image(figure, f"{', '.join(curves)} by step", "")


def _losses(found: Diagnosis) -> str:
    rows = [{key: value for key, value in row.items() if isfinite(value)} for row in found.rows]
    turns = dict.fromkeys(key.partition(".")[0] for row in rows for key in row if "." in key)
    if not turns:
        return "<p>None of them is finite.</p>"
    return _image(figure_of(rows, list(turns), found.lines), "losses by step", "card")


def _image(figure: Figure, text: str, kind: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"<img class='{kind}' alt='{escape(text)}' src='data:image/svg+xml;base64,{data}'>"


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""
