"""Everything that the command line and Python call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Literal

from sparring.apps.completion.job import Task, complete
from sparring.apps.demo import Demo, demo
from sparring.apps.loaded import Loaded, load
from sparring.apps.training import recipe_of, resume, train, with_family
from sparring.core.errors import BadInput, Diverged
from sparring.core.knobs import knobs, turned
from sparring.core.lineage import changes, settings
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.data.inspection import contact_sheet, inspection
from sparring.data.sources import dataset
from sparring.engine import pictures
from sparring.engine.files import write_npz, write_picture
from sparring.engine.progress import bar
from sparring.engine.record import record
from sparring.engine.trainer import Outcome
from sparring.zoo import get, names

__all__ = [
    "BadInput",
    "Demo",
    "Diverged",
    "Loaded",
    "Outcome",
    "Recipe",
    "Run",
    "Task",
    "bar",
    "complete",
    "demo",
    "get",
    "inspect",
    "knobs",
    "load",
    "movie",
    "names",
    "recipe_of",
    "record",
    "resume",
    "sample",
    "shown",
    "shown_text",
    "train",
    "turned",
    "with_family",
    "zoo_table",
]


def sample(run: Path, *, out: Path, n: int = 64, seed: int = 0, npz: Path | None = None) -> None:
    """Write a sheet of `n` samples of a run to `out`, and the samples themselves to `npz` as array `x`."""
    for path, endings in ((out, (".png", ".jpg", ".jpeg", ".webp")), (npz, (".npz",))):
        if path is not None and path.suffix.lower() not in endings:
            raise BadInput(f"{path}: give a name that ends in {' or '.join(endings)}")
    drawn = load(run).drawn(n, seed)
    write_picture(out, pictures.sheet(drawn))
    if npz is not None:
        write_npz(npz, {"x": pictures.as_arrays(drawn)})


def movie(run: Path, *, out: Path | None = None, seconds: float = 12.0) -> Path:
    """Join the frames of a run to an animated GIF; its path."""
    record(run)
    path = out or run / "movie.gif"
    if path.suffix.lower() != ".gif":
        raise BadInput(f"--out {path}: give a name that ends in .gif")
    if not 0.1 <= seconds <= 600:
        raise BadInput(f"--seconds {seconds}: give 0.1 to 600")
    pictures.movie(run / "frames", path, seconds=seconds)
    return path


def inspect(
    spec: str,
    *,
    size: str | None = None,
    crop: Literal["centre", "none"] = "centre",
    channels: int | None = None,
    sheet: Path | None = None,
) -> dict[str, Any]:
    """What a set of data holds, as JSON; writes a contact sheet where `sheet` names a file."""
    found = inspection(spec, size=size, crop=crop, channels=channels).as_json()
    if sheet is not None:
        write_picture(sheet, contact_sheet(dataset(spec, size=size, crop=crop, channels=channels)))
    return found


def zoo_table() -> list[dict[str, Any]]:
    """Every recipe with its paper, parents before children."""
    recipes = sorted(map(get, names()), key=lambda r: (len(list(r.line())), r.year, r.name))
    return [
        {
            "name": r.name,
            "paper": r.paper,
            "title": r.title,
            "year": r.year,
            "parent": r.parent.name if r.parent else None,
        }
        for r in recipes
    ]


def shown(name: str) -> dict[str, Any]:
    """A recipe's idea, settings, and line of descent with what each step changes."""
    recipe = get(name)
    line = list(recipe.line())
    return {
        "name": recipe.name,
        "title": recipe.title,
        "paper": recipe.paper,
        "year": recipe.year,
        "idea": (sys.modules[f"sparring.zoo.{name}"].__doc__ or "").strip(),
        "settings": settings(recipe),
        "line": [
            {
                "name": child.name,
                "parent": parent.name if parent else None,
                "changes": [vars(change) for change in changes(child, parent)] if parent else [],
            }
            for child, parent in zip(line, [*line[1:], None], strict=True)
        ],
    }


def shown_text(about: dict[str, Any]) -> str:
    """`shown` for a terminal."""
    lines = [about["idea"], "", "Settings"]
    width = max(map(len, about["settings"]))
    lines += [f"  {path:<{width}}  {value}" for path, value in about["settings"].items()]
    for step in about["line"]:
        if step["parent"] is None:
            lines += ["", f"{step['name']}: the root"]
            continue
        lines += ["", f"{step['name']}: changes against {step['parent']}"]
        lines += [f"  {c['path']}: {c['old'] or 'absent'} -> {c['new'] or 'absent'}" for c in step["changes"]]
    return "\n".join(lines)
