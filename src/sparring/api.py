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
from sparring.runs.record import read_record
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
    """Write a sheet of `n` samples of a run to `out`, and the samples themselves to `npz` as array `x`.

    `label` restricts the samples to one class of the data, for runs whose generator takes a label.
    """
    for path, endings in ((out, (".png", ".jpg", ".jpeg", ".webp")), (npz, (".npz",))):
        if path is not None and path.suffix.lower() not in endings:
            raise BadInput(f"{path}: give a name that ends in {' or '.join(endings)}")
    samples = load(run).drawn(n, seed, label)
    write_picture(out, pictures.sheet(samples))
    if npz is not None:
        write_npz(npz, {"x": pictures.as_arrays(samples)})


def editor(run: Path, *, anchor: Tensor | None = None, search: str = "default", seed: int = 0) -> Editor:
    """Return an editor for the run at `run` (`inverse.edit.editor`); `search` is a key of `SEARCHES`."""
    if search not in SEARCHES:
        raise BadInput(f"no search '{search}'; there are {', '.join(SEARCHES)}")
    system = load_editable(run, seed).trained
    return Editor(system.generator(), system.recipe.latent, anchor=anchor, search=SEARCHES[search], seed=seed)


def losses(run: Path, *, out: Path) -> None:
    """Plot a run's losses to the file `out` (`tasks.figures.losses`)."""
    style.require_suffix(out)
    style.write(figured.run_loss_figure(run), out)


def movie(run: Path, *, out: Path | None = None, seconds: float = 12.0, sheet: Path | None = None) -> Path:
    """Join the frames of a run to an animated GIF and return its path.

    `sheet`: also draw twelve of the frames on one figure, written to this file.
    """
    read_record(run)
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
    """Return what a data set holds, as JSON; also write a contact sheet to `sheet`."""
    report = inspect_data(spec, size=size, crop=crop, channels=channels).as_json()
    if sheet is not None:
        write_picture(sheet, contact_sheet(dataset(spec, size=size, crop=crop, channels=channels)))
    return report


def zoo_table() -> list[dict[str, Any]]:
    """Return every recipe with its paper, parents before children."""
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
    """Return the names of the recipes that have a claim."""
    return claims.names()


def describe_recipe(word: str) -> dict[str, Any]:
    """Return a recipe's description (`tasks.describe`), with its claim if it has one."""
    about = method.describe(word)
    if word not in claims.names():
        return about
    claim = claims.get(word)
    bounds = [str(bound) for bound in claim.bounds]
    return about | {
        "claim": {"says": claim.says, "data": claim.data, "baseline": claim.baseline, "bounds": bounds}
    }
