"""One planted failure under the doctor, and how good its samples are in the end."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from benchmarks.doctor.planted import Plant, Ward, plants, wards
from benchmarks.repeatable import repeatable
from sparring.core.errors import BadInput, Diverged
from sparring.core.pixels import to_float
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.data.sources import dataset
from sparring.data.toys import ring8_modes
from sparring.engine.trained import load_trained
from sparring.metrics.classifier import Classifier, frechet_distance, train_classifier
from sparring.metrics.modes import mode_score
from sparring.practice.catalogue import apply_practices
from sparring.runs import events
from sparring.runs.record import Record, read_record
from sparring.tasks.train import train

SAMPLES, FEW, HELD = 1000, 100, 0.3
"""Samples that are judged; pictures to be learnt by heart, and the share of data kept aside there."""

STD = 0.02
"""Of the ring's modes."""


@dataclass(frozen=True)
class Trial:
    """Which failure, where, from which seed."""

    plant: str
    ward: str
    seed: int


def tried(trial: Trial, fashion: str, folder: Path, repair: bool = True) -> dict[str, object]:
    """Train and watch; where something fails, train again under a repairing doctor.

    What was found and when, what was done, and how good the samples are without it and with it.
    """
    torch.set_num_threads(1)
    plant = next(one for one in plants() if one.name == trial.plant)
    ward = wards(fashion)[trial.ward]
    recipe = ward.recipe if plant.change is None else plant.change(ward.recipe)
    started = time.perf_counter()
    seen = _treated(ward, plant, recipe, trial, folder, "watch")
    detected = bool(seen["failed"])
    healed = _treated(ward, plant, recipe, trial, folder, "repair") if detected and repair else {}
    return {
        **asdict(trial),
        "tuned": plant.tuned,
        "steps": ward.steps // plant.pace,
        "detected": detected,
        **seen,
        "repaired": healed,
        "seconds": round(time.perf_counter() - started, 1),
    }


def _treated(
    ward: Ward, plant: Plant, recipe: Recipe, trial: Trial, folder: Path, doctor: str
) -> dict[str, object]:
    """One training under a doctor."""
    name = f"{trial.plant}-{trial.ward}-{trial.seed}-{doctor}"
    if doctor == "repair":
        plant = replace(plant, pace=1)  # a repaired run needs the rounds of a healthy one
    run, diverged = _run(ward, plant, trial.seed, folder / name.replace(" ", "_"), folder, doctor), False
    try:
        train(recipe, run, quiet=True)
    except Diverged:
        diverged = True
    kept = read_record(run.out)
    notes = [(step, body["complaints"]) for step, body in events.notes(run.out, "doctor")]
    failed = {kind: step for step, said in reversed(notes) for kind in said if said[kind] == "FAIL"}
    if diverged:
        failed["diverged"] = notes[-1][0] if notes else 0
    done = [one.practice for one in kept.repairs]
    quality = _quality(ward, apply_practices(recipe, done), kept, run.out)
    return {"failed": failed, "done": done, "last": notes[-1][1] if notes else {}, **quality}


def _run(ward: Ward, plant: Plant, seed: int, out: Path, folder: Path, doctor: str) -> Run:
    run = Run(
        data=ward.data,
        out=out,
        steps=ward.steps // plant.pace,
        batch=ward.batch,
        seed=seed,
        doctor=doctor,  # type: ignore[arg-type]
        doctor_every=ward.every // plant.pace,
    )
    run = repeatable(run)
    return replace(run, data=_few(ward, folder), holdout=HELD) if plant.few else run


def _few(ward: Ward, folder: Path) -> str:
    """Some hundred pictures in a file of their own."""
    found = dataset(ward.data)
    path = folder / f"few-{ward.name}-{torch.initial_seed()}-{time.monotonic_ns()}.npz"
    rows = np.random.default_rng(0).permutation(len(found))[: int(FEW / (1 - HELD))]
    labels = {} if found.y is None else {"y": found.y[rows]}
    np.savez(path, x=found.x[rows], **labels)
    return f"{path}:x:y" if labels else f"{path}:x"


def _quality(ward: Ward, recipe: Recipe, kept: Record, out: Path) -> dict[str, float | None]:
    """Modes of the ring, or the Frechet distance in a classifier's features to as many data."""
    try:
        made = (
            load_trained(out, replace(recipe, latent=recipe.latent.fit_to(kept.space)), kept.space)
            .draw(SAMPLES, 1)
            .numpy()
        )
    except BadInput:  # it diverged before its first checkpoint
        return {"modes": None, "frechet": None}
    if ward.name.startswith("ring8"):
        return {"modes": mode_score(made, ring8_modes(), STD).modes, "frechet": None}
    found, eye = _judged(ward.data)
    return {"modes": None, "frechet": round(frechet_distance(eye, made, found), 2)}


@lru_cache
def _judged(data: str) -> tuple[np.ndarray, Classifier]:
    found = dataset(data)
    rows = np.random.default_rng(1).permutation(len(found))[:SAMPLES]
    return to_float(torch.from_numpy(found.x[rows])).numpy(), train_classifier(found)
