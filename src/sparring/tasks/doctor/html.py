"""A diagnosis as one self-contained HTML page that loads nothing."""

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
from sparring.tasks.doctor.diagnosis import Diagnosis, RemedyCommand, Trouble
from sparring.tasks.figures.losses import curves_figure

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

GAUGES_BY_NAME = {gauge.name: gauge for gauge in GAUGES}


def html_page(report: Diagnosis) -> str:
    """Return the diagnosis as one HTML page that loads nothing.

    It has the verdict, a section for each trouble with evidence, plot, causes and remedies, and the losses.
    """
    parts = [_head(report), *(_section(trouble, report) for trouble in report.troubles)]
    if report.rows:
        parts.append(f"<section><h2>Losses</h2>{_losses(report)}</section>")
    title = escape(f"Diagnosis of {report.source.name}")
    head = (
        "<meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>{title}</title><style>{STYLE}</style>"
    )
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _head(report: Diagnosis) -> str:
    failing = bool(report.findings)
    of = f" of {report.steps:,}" if report.step != report.steps else ""
    facts = [
        f"step {report.step:,}{of}",
        *([] if report.best is None else [f"best check: step {report.best:,}"]),
    ]
    repairs = [
        f"repaired at step {r.at:,} ({r.because}): back to step {r.back_to:,}, with {r.practice}"
        for r in report.repairs
    ]
    return (
        f"<header><p class='soft'>{escape(report.about)} &middot; {escape(str(report.source))} &middot; "
        f"{escape(', '.join(facts))}</p>"
        f"<h1 class='{'bad' if failing else 'good'}'>{escape(report.verdict)}</h1>"
        f"{_list([trouble.title for trouble in report.troubles])}"
        f"<div class='soft'>{_list([*report.notes, *repairs])}</div></header>"
    )


def _section(trouble: Trouble, report: Diagnosis) -> str:
    level = trouble.complaint.level
    remark = "" if level is Level.FAIL else " <span class='soft'>(worth watching)</span>"
    rows = "".join(_row(evidence, report) for evidence in trouble.complaint.evidence)
    table = (
        "<div class='wide'><table><thead><tr><th>gauge</th><th>value</th><th>limit</th>"
        f"<th>range on real data</th><th>meaning</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
    return (
        f"<section><h2 class='{level.name}'>{escape(trouble.title)}{remark}</h2>"
        f"{table}{_plot(trouble, report)}"
        f"<h3>Likely causes</h3>{_list(trouble.causes)}{_remedies(trouble.cures)}</section>"
    )


def _row(finding: Finding, report: Diagnosis) -> str:
    band = report.null_bands.get(finding.gauge.name)
    null = "–" if band is None else f"{band.low:.3g} to {band.high:.3g}"
    cells = (
        f"<td>{escape(finding.gauge.name)}</td><td class='n {finding.level.name}'>{finding.value:.4g}</td>"
        f"<td class='n'>{escape(finding.why)}</td><td class='n'>{null}</td>"
    )
    return (
        f"<tr>{cells}<td class='soft'>{escape(finding.gauge.says)} ({escape(finding.gauge.source)})</td></tr>"
    )


def _remedies(cures: Iterable[RemedyCommand]) -> str:
    items = "".join(
        f"<li><code>{escape(cure.remedy.practice)}</code>: {escape(cure.remedy.why)} "
        f"<span class='soft'>({escape(cure.remedy.source)})</span>"
        + (f"<pre><code>{escape(cure.command)}</code></pre>" if cure.command else "")
        + "</li>"
        for cure in cures
    )
    return f"<h3>Remedies, in the order to try them</h3><ol>{items}</ol>" if items else ""


def _plot(trouble: Trouble, report: Diagnosis) -> str:
    """Return a plot of the evidence through the run; empty where there was only one check."""
    curves = {name: curve for name, curve in trouble.curves(report.seen).items() if len(curve[0]) > 1}
    if not curves:
        return ""
    gauges = {
        **GAUGES_BY_NAME,
        **{evidence.gauge.name: evidence.gauge for evidence in trouble.complaint.evidence},
    }
    mark = "best" if trouble.complaint.kind is Kind.PAST_BEST else "since"
    figure = gauge_figure(curves, gauges, trouble.complaint.since, report.steps, mark)
    return _image(figure, f"{', '.join(curves)} by step", "")


def _losses(report: Diagnosis) -> str:
    rows = [{key: value for key, value in row.items() if isfinite(value)} for row in report.rows]
    turns = dict.fromkeys(key.partition(".")[0] for row in rows for key in row if "." in key)
    if not turns:
        return "<p>None of them is finite.</p>"
    return _image(
        curves_figure(rows, list(turns), report.roles, report.equilibrium), "losses by step", "card"
    )


def _image(figure: Figure, text: str, kind: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"<img class='{kind}' alt='{escape(text)}' src='data:image/svg+xml;base64,{data}'>"


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""
