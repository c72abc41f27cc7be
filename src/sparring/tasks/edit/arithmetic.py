"""Sums of picked samples: the mean of some, less that of others, plus that of a third kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sparring.core.errors import BadInput
from sparring.plots import style
from sparring.plots.arithmetic import arithmetic, arithmetic_figure
from sparring.runs.files import claim, write_json
from sparring.tasks.edit.grid import editable, numbered, numbers, picks

MARK, FIGURE = "arithmetic.json", "arithmetic.png"

HOW = "give --plus, --minus and --plus once more, as --plus 1,5,9 --minus 3,4,8 --plus 2,7,11"


@dataclass(frozen=True)
class Sum:
    """Which samples are added, which taken away, and where the figure goes."""

    plus: tuple[str, ...] = ()
    """Numbers of samples, as 1,5,9: their mean is added; given twice."""
    minus: tuple[str, ...] = ()
    """Numbers of samples whose mean is taken away; given once."""
    out: Path | None = None
    """Folder to write the sum to."""
    sheet: Path | None = None
    """Figure of a hundred samples with their numbers, to pick from: PNG, SVG or PDF by its ending."""
    seed: int = 0
    """Seed of the samples, and of the neighbours about the sum."""
    overwrite: bool = False
    """Replace what an earlier sum wrote at `out`."""


def summed(run: Path, task: Sum) -> list[Path]:
    """Write the figure of a sum of samples of a run, or the numbered samples, or both; the files' paths.

    Beside the figure, `arithmetic.png` in `task.out`, stands `arithmetic.json` with the numbers.  Raises
    `BadInput` before anything is written.
    """
    kinds = _kinds(task)
    if task.sheet is not None:
        style.require_ending(task.sheet, "--sheet")
    held = editable(run, task.seed)
    written = []
    if task.sheet is not None:
        style.write(numbered(held, task.seed), task.sheet)
        written.append(task.sheet)
    if kinds and task.out is not None:
        claim(task.out, task.overwrite, (MARK, FIGURE))
        latent = held.trained.recipe.latent
        z = picks(latent, task.seed)
        a, b, c = (z[kind] for kind in kinds)
        found = arithmetic(held.trained.generator(), latent, a, b, c, seed=task.seed)
        names = dict(zip(("plus", "minus", "plus_too"), kinds, strict=True))
        write_json(task.out / MARK, {"run": str(run), "step": held.trained.step, "seed": task.seed, **names})
        style.write(arithmetic_figure(found, numbers=kinds), task.out / FIGURE)
        written.append(task.out / FIGURE)
    return written


def _kinds(task: Sum) -> list[list[int]]:
    """The numbers of each kind in the order of the sum, or none where only a sheet is asked for."""
    given = task.plus or task.minus or task.out is not None
    if not given and task.sheet is None:
        raise BadInput(f"which samples? see their numbers by --sheet FILE.png; then {HOW}")
    if not given:
        return []
    if (len(task.plus), len(task.minus)) != (2, 1):
        raise BadInput(f"{len(task.plus)} times --plus and {len(task.minus)} times --minus; {HOW}")
    if task.out is None:
        raise BadInput("--out: name a folder for the figure")
    first, second = (numbers(words, "--plus") for words in task.plus)
    return [first, numbers(task.minus[0], "--minus"), second]
