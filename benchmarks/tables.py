"""Write measured results into the pages that show them, between their markers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sparring.api import shown, zoo_table
from sparring.apps.verification import results
from sparring.claims import get as claim

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
BASELINES = ("nearest", "biharmonic", "telea", "mean")


def tables() -> dict[Path, dict[str, str]]:
    """For each page the text of each of its blocks."""
    completion = json.loads((RESULTS / "completion.json").read_text())
    demo = json.loads((RESULTS / "demo.json").read_text())
    found = results(ROOT / "docs" / "zoo" / "results")
    return {
        ROOT / "docs" / "completion.md": {
            "baselines": baselines(completion),
            "ssim": baselines(completion, key="ssim", digits=3),
            "presets": presets(completion),
        },
        ROOT / "README.md": {"demo": demonstration(demo), "zoo": zoo_summary(found)},
        ROOT / "docs" / "training.md": {"recipes": recipes()},
        ROOT / "docs" / "zoo" / "README.md": {"claims": claims(found), "missed": missed(found)},
        ROOT / "docs" / "speed.md": {
            "steps": steps(json.loads((RESULTS / "steps.json").read_text())),
            "startup": startup(json.loads((RESULTS / "startup.json").read_text())),
        },
    }


def baselines(rows: Sequence[Mapping[str, Any]], key: str = "psnr_hole", digits: int = 2) -> str:
    """Our default beside the baselines, a line for each set and mask; the best in bold."""
    lines = [
        f"| data | mask | sparring | {' | '.join(BASELINES)} |",
        "|---|---|" + "---|" * (len(BASELINES) + 1),
    ]
    for row in rows:
        if row["preset"] == "default":
            values = [row["methods"][name][key] for name in ("sparring", *BASELINES)]
            cells = [f"**{v:.{digits}f}**" if v == max(values) else f"{v:.{digits}f}" for v in values]
            lines.append(f"| {row['data']} | {row['mask']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def presets(rows: Sequence[Mapping[str, Any]]) -> str:
    """The presets on the same nets: hole PSNR, SSIM, seconds a picture."""
    lines = ["| data | mask | preset | hole PSNR | SSIM | seconds a picture |", "|---|---|---|---|---|---|"]
    for row in rows:
        if {r["preset"] for r in rows if r["data"] == row["data"]} != {"default"}:
            ours = row["methods"]["sparring"]
            cells = f"{ours['psnr_hole']:.2f} | {ours['ssim']:.3f} | {ours['seconds_per_image']:.3f}"
            lines.append(f"| {row['data']} | {row['mask']} | `{row['preset']}` | {cells} |")
    return "\n".join(lines)


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
    """A round of the engine beside the plain loop's."""
    lines = ["| case | engine, ms | plain loop, ms | ratio | settings chosen |", "|---|---|---|---|---|"]
    for row in result["rows"]:
        chosen = row["machine"]
        words = [
            "bf16" if chosen["bf16"] else "fp32",
            "channels_last" if chosen["channels_last"] else "contiguous",
            f"{chosen['threads']} thread{'s' if chosen['threads'] > 1 else ''}",
        ]
        cells = f"{1000 * row['engine_seconds']:.1f} | {1000 * row['plain_seconds']:.1f} | {row['ratio']:.2f}"
        lines.append(f"| {row['case']} | {cells} | {', '.join(words)} |")
    return "\n".join(lines)


def startup(result: Mapping[str, Any]) -> str:
    """Seconds until something answers."""
    lines = ["| command | seconds | beyond Python itself |", "|---|---|---|"]
    lines += [f"| `{r['case']}` | {r['seconds']:.3f} | {r['beyond_python']:.3f} |" for r in result["rows"]]
    return "\n".join(lines)


def recipes() -> str:
    """Every recipe, parents before children, with its idea."""
    lines = ["| recipe | paper | child of | idea |", "|---|---|---|---|"]
    for row in zoo_table():
        about = shown(row["name"])
        paper = f"[{row['paper']}](https://arxiv.org/abs/{row['paper']}), {row['year']}"
        parent = f"`{row['parent']}`" if row["parent"] else ""
        lines.append(f"| `{row['name']}` | {paper} | {parent} | {about['idea']} |")
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
