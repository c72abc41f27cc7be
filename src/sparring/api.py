"""The public functions: what the command line calls, and what Python users call."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from sparring import claims
from sparring.core.errors import BadInput, Diverged
from sparring.core.knobs import knobs, set_knobs
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.data.inspection import contact_sheet, inspect_data
from sparring.data.sources import dataset
from sparring.diagnostics.finding import Gauge
from sparring.engine.trainer import Outcome
from sparring.inverse.edit.constraints import Colour, Constraint, Sketch, StayNear, Warp
from sparring.inverse.edit.editor import SEARCHES, Editor, EditSearch
from sparring.inverse.encoder import EncoderTraining
from sparring.plots import contact, style
from sparring.practice.catalogue import apply_practices
from sparring.practice.catalogue import table as practices
from sparring.runs import pictures
from sparring.runs.files import write_npz, write_picture
from sparring.runs.progress import interruptible, progress_bar
from sparring.runs.record import read_record, run_folder
from sparring.tasks import describe as method
from sparring.tasks.anomalies.job import Anomalies, anomalies
from sparring.tasks.calibrate.job import CalibrationTask, calibrate
from sparring.tasks.complete.job import complete
from sparring.tasks.complete.options import CompletionTask
from sparring.tasks.complete.steps import SearchSnapshot, iterate_search
from sparring.tasks.demo import Demo, demo
from sparring.tasks.describe import describe_text
from sparring.tasks.doctor.diagnosis import Diagnosis, Trouble
from sparring.tasks.doctor.job import diagnose
from sparring.tasks.doctor.loss_columns import Columns
from sparring.tasks.doctor.loss_file import GameKind
from sparring.tasks.edit.arithmetic import ArithmeticTask
from sparring.tasks.edit.arithmetic import write_arithmetic as arithmetic
from sparring.tasks.edit.grid import load_editable
from sparring.tasks.edit.invert import Inversion, invert
from sparring.tasks.edit.label_direction import DirectionTask
from sparring.tasks.edit.label_direction import find_direction as direction
from sparring.tasks.edit.walk import Walk, walk
from sparring.tasks.encode.job import encode
from sparring.tasks.evaluate.job import FeatureName, evaluate
from sparring.tasks.evaluate.report import Evaluation
from sparring.tasks.figures import losses as figured
from sparring.tasks.opening.loaded import LoadedRun, load
from sparring.tasks.opening.lookup import absolute_name, recipe_named
from sparring.tasks.opening.resolve import resolve, resolve_record
from sparring.tasks.restore import RestorationTask, restore
from sparring.tasks.train import resume, train
from sparring.tasks.verify import SeedTrial, VerifiedClaim, verify
from sparring.zoo import get, names

__all__ = [
    "SEARCHES",
    "Anomalies",
    "ArithmeticTask",
    "BadInput",
    "CalibrationTask",
    "Colour",
    "Columns",
    "CompletionTask",
    "Constraint",
    "Demo",
    "Diagnosis",
    "DirectionTask",
    "Diverged",
    "EditSearch",
    "Editor",
    "EncoderTraining",
    "Evaluation",
    "FeatureName",
    "GameKind",
    "Gauge",
    "Inversion",
    "LoadedRun",
    "Outcome",
    "Recipe",
    "RestorationTask",
    "Run",
    "SearchSnapshot",
    "SeedTrial",
    "Sketch",
    "StayNear",
    "Trouble",
    "VerifiedClaim",
    "Walk",
    "Warp",
    "absolute_name",
    "anomalies",
    "apply_practices",
    "arithmetic",
    "calibrate",
    "claim_names",
    "complete",
    "demo",
    "describe_recipe",
    "describe_text",
    "diagnose",
    "direction",
    "editor",
    "encode",
    "evaluate",
    "get",
    "inspect",
    "interruptible",
    "invert",
    "iterate_search",
    "knobs",
    "load",
    "losses",
    "movie",
    "names",
    "practices",
    "progress_bar",
    "read_record",
    "recipe_named",
    "resolve",
    "resolve_record",
    "restore",
    "resume",
    "sample",
    "set_knobs",
    "train",
    "verify",
    "walk",
    "zoo_table",
]


def sample(
    run: Path, *, out: Path, n: int = 64, seed: int = 0, label: str | None = None, npz: Path | None = None
) -> None:
    """Draw `n` samples of the run at `run` and write them as one picture to `out`.

    `out` ends in .png, .jpg, .jpeg or .webp.  `seed` sets the latents.  `label` is the name of a class of the
    run's data, which all samples then have; it needs a recipe whose generator takes a label.  None: labels as
    frequent as in the data.  `npz`, a name that ends in .npz: also write the samples there as array `x`,
    uint8 (n, height, width, channels) for pictures, float32 (n, d) for points, int64 (n, length) for
    sequences.  Raises `BadInput` for other endings, `n` under 1, no run, and a label that the run cannot
    generate.
    """
    for path, endings in ((out, (".png", ".jpg", ".jpeg", ".webp")), (npz, (".npz",))):
        if path is not None and path.suffix.lower() not in endings:
            raise BadInput(f"{path}: give a name that ends in {' or '.join(endings)}")
    samples = load(run).drawn(n, seed, label)
    write_picture(out, pictures.sheet(samples))
    if npz is not None:
        write_npz(npz, {"x": pictures.as_arrays(samples)})


def editor(run: Path, *, anchor: Tensor | None = None, search: str = "default", seed: int = 0) -> Editor:
    """Return an `Editor` of the run's generator, which edits pictures under constraints such as `Colour`.

    `anchor`, (d,), is the latent of the picture to edit; None: the search starts from draws of the prior.
    `search` is a key of `SEARCHES`: "default" (8 starts) or "igan" (64 starts).  `seed` sets the starts.
    Raises `BadInput` for another search, a run that makes no pictures from latents, an anchor of another
    size, and a seed below 0 or from 2^32.
    """
    if search not in SEARCHES:
        raise BadInput(f"no search '{search}'; there are {', '.join(SEARCHES)}")
    system = load_editable(run, seed).trained
    return Editor(system.generator(), system.recipe.latent, anchor=anchor, search=SEARCHES[search], seed=seed)


def losses(run: Path, *, out: Path) -> None:
    """Plot the losses and gradient norms of the run at `run` by step, and write the figure to `out`.

    `out` ends in .png, .svg or .pdf.  Dashed lines are the losses at equilibrium, where these are known.
    Raises `BadInput` for another ending, no run, and a run that has logged no loss yet.
    """
    style.require_suffix(out)
    style.write(figured.run_loss_figure(run), out)


def movie(run: Path, *, out: Path | None = None, seconds: float = 12.0, sheet: Path | None = None) -> Path:
    """Join the frames of the run at `run` to an animated GIF, and return the path of the GIF.

    `out` ends in .gif; None: `movie.gif` in the run.  `seconds`, 0.1 to 600, divided by the number of frames
    is the time of each frame, but at least 20 ms; the last frame stays for 2 s.  `sheet`, a name that ends in
    .png, .svg or .pdf: also draw twelve frames, or all if there are fewer, on one figure there.  Raises
    `BadInput` for other values, no run, and a run without frames.
    """
    read_record(run)
    run = run_folder(run)
    path = out or run / "movie.gif"
    if path.suffix.lower() != ".gif":
        raise BadInput(f"--out {path}: give a name that ends in .gif")
    if not 0.1 <= seconds <= 600:
        raise BadInput(f"--seconds {seconds}: give 0.1 to 600")
    if sheet is not None:
        style.require_suffix(sheet, "--sheet")
    pictures.movie(run / "frames", path, seconds=seconds)
    if sheet is not None:
        style.write(contact.contact_sheet(run / "frames"), sheet)
    return path


def inspect(
    spec: str,
    *,
    size: str | None = None,
    crop: Literal["centre", "none"] = "centre",
    channels: int | None = None,
    sheet: Path | None = None,
) -> dict[str, Any]:
    """Return the properties of the data set `spec` as a dict of JSON types.

    `spec` is as for `Run.data`, such as "digits" or a folder of pictures.  `size` is "N" or "HxW"; None: as
    the data are.  `crop` fits pictures of another aspect ratio: "centre" cuts off the margins, "none"
    squeezes.  `channels` is 1 to 4; None: as the data are.  `sheet`: also write a contact sheet of the data
    to this file.

    The entries are "spec"; "count", the number of usable data; "shape", [channels, height, width],
    [dimensions] or [length], None if pictures differ in size; "sizes", the number of pictures by "HxW" before
    resizing; "channels", None unless pictures; "tokens", the size of the vocabulary of sequences, else None;
    "labels", the number of data by class; "duplicates", a number; "unreadable", names of files; "range", the
    smallest and the largest value; and "notes".  Raises `BadInput` if the data cannot be read.
    """
    report = inspect_data(spec, size=size, crop=crop, channels=channels).as_json()
    if sheet is not None:
        write_picture(sheet, contact_sheet(dataset(spec, size=size, crop=crop, channels=channels)))
    return report


def zoo_table() -> list[dict[str, Any]]:
    """Return a dict for each recipe of the zoo, parents before children.

    The entries are "name", "paper" (the arXiv number), "title", "year" and "parent" (a name, or None).  The
    list is sorted by the number of ancestors, then by year, then by name.
    """
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


def claim_names() -> list[str]:
    """Return the names of the recipes that have a claim, for `verify`."""
    return claims.names()


def describe_recipe(word: str) -> dict[str, Any]:
    """Return the dict of `tasks.describe.describe` for a recipe, with the entry "claim" if it has a claim.

    `word` is a name of the zoo, or FILE.py:VARIABLE.  The entry "claim" is a dict of texts: "says" (the claim
    in one sentence), "data", "baseline" (the comparison), and "bounds", a list such as
    ["frechet <= 0.8 x baseline"].  Raises `BadInput` if there is no such recipe.
    """
    about = method.describe(word)
    if word not in claims.names():
        return about
    claim = claims.get(word)
    bounds = [str(bound) for bound in claim.bounds]
    return about | {
        "claim": {"says": claim.says, "data": claim.data, "baseline": claim.baseline, "bounds": bounds}
    }
