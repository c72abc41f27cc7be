"""Latent arithmetic: the mean of some samples, minus the mean of others, plus the mean of a third group."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sparring.core.errors import BadInput
from sparring.plots import style
from sparring.plots.arithmetic import arithmetic, arithmetic_figure
from sparring.runs.files import prepare_folder, write_json
from sparring.tasks.edit.grid import draw_numbered, load_editable, numbered_latents, parse_numbers
from sparring.tasks.opening.results import run_header

MARK, FIGURE = "arithmetic.json", "arithmetic.png"

HOW = "give --plus, --minus and --plus once more, as --plus 1,5,9 --minus 3,4,8 --plus 2,7,11"


@dataclass(frozen=True)
class ArithmeticTask:
    """Options of latent arithmetic: the samples to add and subtract, and the files to write."""

    plus: tuple[str, ...] = ()
    """Numbers of samples whose mean is added, as 1,5,9; given twice."""
    minus: tuple[str, ...] = ()
    """Numbers of samples whose mean is subtracted; given once."""
    out: Path | None = None
    """Folder for the figure of the sum."""
    sheet: Path | None = None
    """File for a figure of a hundred numbered samples to pick from: PNG, SVG or PDF by its ending."""
    seed: int = 0
    """Seed of the samples, and of the neighbours around the sum."""
    overwrite: bool = False
    """Replace the files of an earlier sum in `out`."""


def write_arithmetic(run: Path, task: ArithmeticTask) -> list[Path]:
    """Write the figure of a sum of samples of a run, or the numbered samples, or both; return their paths.

    The sum is the latent mean(A) - mean(B) + mean(C), for three groups of samples by number: A and C are the
    two values of `task.plus`, B is that of `task.minus`.  The figure is `arithmetic.png` in `task.out`, with
    the numbers in `arithmetic.json` beside it.  The numbered samples are drawn to `task.sheet`.  Raises
    `BadInput` if neither is asked for, the groups are not two and one, or a number is not 0 to 99.
    """
    groups = _groups(task)
    if task.sheet is not None:
        style.require_suffix(task.sheet, "--sheet")
    loaded = load_editable(run, task.seed)
    written = []
    if task.sheet is not None:
        style.write(draw_numbered(loaded, task.seed), task.sheet)
        written.append(task.sheet)
    if groups and task.out is not None:
        prepare_folder(task.out, task.overwrite, (MARK, FIGURE))
        latent = loaded.trained.recipe.latent
        z = numbered_latents(latent, task.seed)
        a, b, c = (z[group] for group in groups)
        result = arithmetic(loaded.trained.generator(), latent, a, b, c, seed=task.seed)
        names = dict(zip(("plus", "minus", "plus_too"), groups, strict=True))
        write_json(task.out / MARK, run_header(loaded) | {"seed": task.seed, **names})
        style.write(arithmetic_figure(result, numbers=groups), task.out / FIGURE)
        written.append(task.out / FIGURE)
    return written


def _groups(task: ArithmeticTask) -> list[list[int]]:
    """Return the sample numbers of each group in the order of the sum; empty if only a sheet is asked for."""
    with_sum = task.plus or task.minus or task.out is not None
    if not with_sum and task.sheet is None:
        raise BadInput(f"no samples are named; see their numbers with --sheet FILE.png, then {HOW}")
    if not with_sum:
        return []
    if (len(task.plus), len(task.minus)) != (2, 1):
        raise BadInput(f"{len(task.plus)} times --plus and {len(task.minus)} times --minus; {HOW}")
    if task.out is None:
        raise BadInput("--out: name a folder for the figure")
    first, second = (parse_numbers(words, "--plus") for words in task.plus)
    return [first, parse_numbers(task.minus[0], "--minus"), second]
