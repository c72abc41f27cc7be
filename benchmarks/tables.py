"""Write measured results into the pages that show them, between their markers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ablated import broken, effects
from benchmarks.completed import baselines, curve, presets, reach, recovered
from benchmarks.doctor.outcome import by_kind, summary
from benchmarks.gpu_tables import gpu_tables
from benchmarks.pace import paces, ways
from benchmarks.restoration import table as restored
from sparring.api import describe_recipe, zoo_table
from sparring.api import practices as practice_table
from sparring.claims import get as claim
from sparring.runs import migration
from sparring.tasks.verify import read_results

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def tables() -> dict[Path, dict[str, str]]:
    """For each page the text of each of its blocks."""
    completion = json.loads((RESULTS / "completion.json").read_text())
    demo = json.loads((RESULTS / "demo.json").read_text())
    found = read_results(ROOT / "docs" / "zoo" / "results")
    return {
        ROOT / "docs" / "completion.md": {
            "baselines": baselines(completion),
            "ssim": baselines(completion, key="ssim", digits=3),
            "features": baselines(completion, key="features", digits=3, least=True),
            "reach": reach(completion),
            "presets": presets(completion),
            "pace": paces(_there("pace")),
            "ways": ways(_there("pace")),
            "recovery": recovered(json.loads((RESULTS / "recovery.json").read_text())),
            "starts": curve(json.loads((RESULTS / "starts.json").read_text())),
        },
        ROOT / "README.md": {"demo": demonstration(demo), "zoo": zoo_summary(found)},
        ROOT / "docs" / "training.md": {"recipes": recipes()},
        ROOT / "docs" / "migration.md": {"names": renamed()},
        ROOT / "docs" / "practice.md": {
            "practices": practices(practice_table()),
            "ablation": effects(_rows("ablation")),
            "broken": broken(_rows("ablation")),
        },
        ROOT / "docs" / "zoo" / "README.md": {"claims": claims(found), "missed": missed(found)},
        ROOT / "docs" / "doctor.md": {
            "doctor": summary(_rows("doctor")),
            "kinds": by_kind(_rows("doctor")),
            "watching": watched(_rows("watching")),
        },
        ROOT / "docs" / "editing.md": {"editing": editing(_rows("editing"))},
        ROOT / "docs" / "restoration.md": {
            "restored": restored(json.loads((RESULTS / "restoration.json").read_text())),
        },
        ROOT / "docs" / "speed.md": {
            block: table(json.loads((RESULTS / f"{name}.json").read_text()))
            for block, (name, table) in SPEED.items()
        }
        | gpu_tables(RESULTS / "gpu.json"),
    }


def demonstration(metrics: Mapping[str, Any]) -> str:
    """What one run of `make demo` measured."""
    lines = [
        f"Trained for {metrics['iterations']} steps in {metrics['train_seconds']:.0f} s "
        f"({metrics['threads']} thread{'s' if metrics['threads'] > 1 else ''}, two shared cores), "
        f"at most {metrics['peak_rss_mib']:.0f} MiB of memory; means over 100 held-out digits:",
        "",
        "| method | hole PSNR, dB | PSNR, dB | SSIM | seconds a picture |",
        "|---|---|---|---|---|",
    ]
    for name, row in metrics["completion"].items():
        cells = (
            f"{row['psnr_hole']:.2f} | {row['psnr']:.2f} | {row['ssim']:.3f} | {row['seconds_per_image']:.4f}"
        )
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def steps(result: Mapping[str, Any]) -> str:
    """A round of the engine, its turns in each order, beside the plain loop's."""
    lines = [
        "| case | order of turns | engine, ms | plain loop, ms | ratio | its spread | settings chosen |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        times = f"{1000 * row['engine_seconds']:.1f} | {1000 * row['plain_seconds']:.1f}"
        spread = f"{row['ratios'][0]:.2f} to {row['ratios'][-1]:.2f}"
        cells = [row["case"], f"`{row['order']}`", times, f"{row['ratio']:.2f}", spread, _settings(row)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def parts(result: Mapping[str, Any]) -> str:
    """Feeding, averaging and writing beside the plain way."""
    lines = ["| what | ours, ms | plain, ms | ratio | |", "|---|---|---|---|---|"]
    for row in result["rows"]:
        note = f"{row['megabytes']} MiB" if "megabytes" in row else ""
        if "faster_than_the_step" in row:
            note = f"{row['faster_than_the_step']} times the step's need"
        times = f"{1000 * row['engine_seconds']:.2f} | {1000 * row['plain_seconds']:.2f}"
        lines.append(f"| {row['case']} | {times} | {row['ratio']:.2f} | {note} |")
    return "\n".join(lines)


def share(result: Mapping[str, Any]) -> str:
    """A round beside its convolutions and products alone."""
    lines = ["| case | round, ms | products alone, ms | share | settings |", "|---|---|---|---|---|"]
    for row in result["rows"]:
        if "share" in row:
            times = f"{1000 * row['round_seconds']:.1f} | {1000 * row['products_seconds']:.1f}"
            lines.append(f"| {row['case']} | {times} | {row['share']:.0%} | {_settings(row)} |")
    return "\n".join(lines)


def growth(result: Mapping[str, Any]) -> str:
    """Times of many rounds beside the line through them."""
    lines = ["| case | products, 10^9 | measured, ms | line, ms |", "|---|---|---|---|"]
    for row in result["rows"]:
        if "work" in row:
            times = f"{1000 * row['seconds']:.1f} | {1000 * row['line']:.1f}"
            lines.append(f"| {row['case']} | {row['work'] / 1e9:.2f} | {times} |")
    fit = next(row for row in result["rows"] if row["case"] == "line")
    rate, constant = fit["gigaproducts_per_second"], 1000 * fit["constant_seconds"]
    return "\n".join([*lines, "", f"The line: products / {rate} 10^9 a second + {constant:.1f} ms."])


def quality(result: Mapping[str, Any]) -> str:
    """Frechet distances after equally many pictures."""
    lines = ["| case | loop | rounds | distance, by seed | mean | settings |", "|---|---|---|---|---|---|"]
    for row in result["rows"]:
        found = ", ".join(f"{value:.1f}" for value in row["distances"])
        cells = [row["case"], row["loop"], str(row["rounds"]), found, f"{row['mean']:.1f}", _settings(row)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _settings(row: Mapping[str, Any]) -> str:
    chosen = row["machine"]
    words = [
        "bf16" if chosen["bf16"] else "fp32",
        "channels_last" if chosen["channels_last"] else "contiguous",
        *(["columns"] if chosen["columns"] else []),
        f"{chosen['threads']} thread{'s' if chosen['threads'] > 1 else ''}",
    ]
    return ", ".join(words)


def startup(result: Mapping[str, Any]) -> str:
    """Seconds until something answers."""
    lines = ["| command | seconds | beyond Python itself |", "|---|---|---|"]
    lines += [f"| `{r['case']}` | {r['seconds']:.3f} | {r['beyond_python']:.3f} |" for r in result["rows"]]
    return "\n".join(lines)


def renamed() -> str:
    """Every published name that has changed, old to new, by kind."""
    rows = [
        f"| {kind} | `{old}` | `{new}` |"
        for kind, table in migration.TABLES.items()
        for old, new in table.items()
    ]
    return "\n".join(["| kind | before | now |", "|---|---|---|", *rows])


def recipes() -> str:
    """Every recipe, parents before children, with its idea."""
    lines = ["| recipe | paper | child of | idea |", "|---|---|---|---|"]
    for row in zoo_table():
        about = describe_recipe(row["name"])
        paper = f"[{row['paper']}](https://arxiv.org/abs/{row['paper']}), {row['year']}"
        parent = f"`{row['parent']}`" if row["parent"] else ""
        lines.append(f"| `{row['name']}` | {paper} | {parent} | {about['idea']} |")
    return "\n".join(lines)


def practices(rows: Sequence[Mapping[str, Any]]) -> str:
    """Every practice with its settings and their defaults, what it is, and where it comes from."""
    lines = ["| `--with` | settings | what it is | source and cautions |", "|---|---|---|---|"]
    for row in rows:
        settings = ", ".join(f"`{key}={value}`" for key, value in row["settings"].items())
        about, source = (row[key].replace("|", "\\|") for key in ("about", "source"))
        lines.append(f"| `{row['name']}` | {settings} | {about} | {source} |")
    return "\n".join(lines)


def claims(rows: Sequence[Mapping[str, Any]]) -> str:
    """Every verified claim: ours and the baseline's number as means over the seeds, and the verdict."""
    lines = [
        "| model | paper | claim | on | number | ours | baseline | verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        number = row["headline"]
        ours, theirs = (_mean(row, row[side]) for side in ("headline", "against"))
        verdict = "reproduced" if row["reproduced"] else "**not reproduced**"
        paper = f"[{row['paper']}](https://arxiv.org/abs/{row['paper']})"
        cells = [f"`{row['name']}`", paper, row["claim"], row["data"], number, ours, theirs, verdict]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def missed(rows: Sequence[Mapping[str, Any]]) -> str:
    """What is known of each claim that is not reproduced."""
    lines = [
        f"- `{row['name']}`: {'; '.join(row['broken'])}. {claim(row['name']).note}".rstrip()
        for row in rows
        if not row["reproduced"]
    ]
    return "\n".join(lines) or "None."


def zoo_summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many claims are reproduced."""
    held = sum(row["reproduced"] for row in rows)
    return (
        f"{len(rows)} recipes, each with its paper's claim as a check that can fail: "
        f"{held} are reproduced over three seeds, {len(rows) - held} are not and say so."
    )


SPEED = {
    "steps": ("steps", steps),
    "share": ("growth", share),
    "growth": ("growth", growth),
    "quality": ("quality", quality),
    "parts": ("parts", parts),
    "startup": ("startup", startup),
}
"""The blocks of the page on speed: the result each is of, and its table."""


def watched(rows: Sequence[Mapping[str, Any]]) -> str:
    """What looks cost beside the rounds between them."""
    lines = [
        "| case | steps between looks | a step, ms | a look, ms | a duality gap, ms | share of the time |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        times = f"{row['round_seconds'] * 1e3:.1f} | {row['look_seconds'] * 1e3:.0f}"
        times += f" | {row['gap_seconds'] * 1e3:.0f}"
        lines.append(f"| {row['case']} | {row['every']} | {times} | {row['share']:.1%} |")
    return "\n".join(lines)


def editing(rows: Sequence[Mapping[str, Any]]) -> str:
    """Milliseconds that a step of the editor takes the processor on one thread, by the number of starts."""
    starts = list(rows[0]["processor"])
    lines = [
        f"| width of G | precision | {' | '.join(starts)} |",
        "|---|---|" + "---|" * len(starts),
    ]
    for row in rows:
        if row["threads"] == 1:
            cells = " | ".join(f"{row['processor'][n]:.0f}" for n in starts)
            lines.append(f"| {row['width']} | {row['precision']} | {cells} |")
    return "\n".join(lines)


def _rows(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((RESULTS / f"{name}.json").read_text())["rows"]
    return found


def _there(name: str) -> list[dict[str, Any]]:
    """Rows that runs were merged into; none where nothing was measured."""
    path = RESULTS / f"{name}.json"
    found: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    return found


def _mean(row: Mapping[str, Any], number: str) -> str:
    return f"{row['means'][number]:.3g}" if number in row["means"] else ""


def filled(text: str, blocks: Mapping[str, str]) -> str:
    """The page with what stands between `<!-- NAME -->` and `<!-- /NAME -->` written anew."""
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"no markers for {name}")
        text = pattern.sub(lambda m, block=block: f"{m[1]}{block}\n{m[2]}", text)
    return text


def main() -> None:
    """Renew every page."""
    for page, blocks in tables().items():
        page.write_text(filled(page.read_text(), blocks))


if __name__ == "__main__":
    main()
