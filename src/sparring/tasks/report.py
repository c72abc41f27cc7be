"""The demonstration's report as one HTML file: training, losses, samples and completions."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sparring.runs.record import Record

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; color: #1d2129; max-width: 60rem; margin: 3rem auto;
  padding: 0 1.5rem; }
h1 { font-size: 2rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
.lead { color: #57606a; margin: 0 0 1.5rem; }
.wide { overflow-x: auto; }
img, svg { max-width: 100%; height: auto; }
.pair { display: flex; gap: 2rem; flex-wrap: wrap; }
.pair img { width: 25rem; image-rendering: pixelated; }
figure { margin: 0; }
figcaption { color: #57606a; font-size: .9rem; }
table { border-collapse: collapse; margin-top: 1rem; }
th, td { padding: .35rem .9rem; text-align: right; border-bottom: 1px solid #e3e6ea; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr.ours td { font-weight: 650; }
code { background: #f3f4f6; padding: .1rem .3rem; border-radius: 4px; }
"""

COLUMNS = {
    "psnr_hole": "hole PSNR, dB",
    "psnr": "PSNR, dB",
    "ssim": "SSIM",
    "seconds_per_image": "seconds per picture",
}


def report(
    folder: Path, metrics: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], record: Record
) -> str:
    """Return the demonstration's page as HTML, with all pictures embedded.

    `folder` holds `completions.png`, `ranked.png`, `samples.png` and `training.gif`.  `metrics` are those of
    `demo`, `rows` the rows of the run's event log, and `record` is the record of the run.
    """
    title = f"{record.recipe}: {record.data['training']} pictures, {metrics['iterations']} steps"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p class='lead'>{_summary(metrics, record)}</p>",
        "<h2>Completion of held-out pictures</h2>",
        f"<div class='wide'>{_picture(folder / 'completions.png', 'damaged, ours, true, baselines')}</div>",
        _table(metrics["completion"]),
        "<h2>Alternative completions</h2>",
        "<p>Up to three distinct completions of each picture, least loss first, and the spread of the "
        "searches: brighter is less certain.</p>",
        f"<div class='wide'>{_picture(folder / 'ranked.png', 'damaged, completions, spread, true')}</div>",
        "<h2>Samples</h2><div class='pair'>",
        _figure(folder / "samples.png", "36 samples of the averaged generator"),
        _figure(folder / "training.gif", "36 fixed latents through training"),
        "</div>",
        f"<h2>Losses</h2>{_curves(rows)}",
        "<h2>Files</h2>",
        f"<p>The whole run is in <code>{html.escape(str(folder / 'run'))}</code>; its settings in "
        "<code>run.json</code>, its numbers in <code>events.jsonl</code>.</p>",
    ]
    head = f"<meta charset='utf-8'><title>{html.escape(title)}</title><style>{STYLE}</style>"
    return f"<!doctype html><html lang='en'><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _summary(metrics: Mapping[str, Any], record: Record) -> str:
    threads = metrics["threads"]
    return (
        f"Trained in {metrics['train_seconds']:.0f} s on {threads} thread{'s' if threads > 1 else ''} in "
        f"{record.run.precision}, at most {metrics['peak_rss_mib']:.0f} MiB of memory. "
        f"{record.data['held_out']} of {record.data['count']} pictures were held out; none of those "
        "completed below was seen in training or calibration."
    )


def _table(completion: Mapping[str, Mapping[str, float]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("method", *COLUMNS.values()))
    body = "".join(
        f"<tr{' class=ours' if name == 'sparring' else ''}><td>{html.escape(name)}</td>"
        + "".join(f"<td>{row[key]:.4g}</td>" for key in COLUMNS)
        + "</tr>"
        for name, row in completion.items()
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _curves(rows: Sequence[Mapping[str, Any]]) -> str:
    """Plot the adversarial losses by step, as SVG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 2.8), layout="constrained")
    axes = figure.subplots()
    for name in dict.fromkeys(key for row in rows for key in row if key.endswith(".adv")):
        points = [(row["step"], row[name]) for row in rows if name in row]
        axes.plot(*zip(*points, strict=True), label=name.removesuffix(".adv"), linewidth=1.2)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    return buffer.getvalue()[buffer.getvalue().index("<svg") :]


def _figure(path: Path, caption: str) -> str:
    return f"<figure>{_picture(path, caption)}<figcaption>{html.escape(caption)}</figcaption></figure>"


def _picture(path: Path, text: str) -> str:
    kind = path.suffix.lstrip(".")
    data = base64.b64encode(path.read_bytes()).decode()
    return f"<img alt='{html.escape(text)}' src='data:image/{kind};base64,{data}'>"
