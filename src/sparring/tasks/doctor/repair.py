"""Training under a doctor that returns to the last healthy checkpoint and tries a remedy."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import torch

from sparring.core.errors import BadInput, Diverged
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.diagnostics.finding import Level
from sparring.diagnostics.probe import FEWEST
from sparring.diagnostics.remedies import FAULT_REMEDIES, Remedy
from sparring.diagnostics.verdict import Kind
from sparring.engine import checkpoints, randomness
from sparring.engine.trained import CHECKPOINTS
from sparring.engine.trainer import Outcome, Trainer, make_draw
from sparring.runs.record import Repair
from sparring.runs.split import RunData
from sparring.tasks.doctor.commands import applicable_remedies
from sparring.tasks.doctor.watch import DiagnosedRun, DoctorMonitor
from sparring.tasks.opening.setup import RunSetup

LOG = logging.getLogger(__name__)


def train_with_doctor(course: RunSetup, *, quiet: bool = False) -> Outcome:
    """Train from the newest checkpoint, if any, under the doctor that `Run.doctor` names; return the outcome.

    With "repair" a run that fails returns to its last healthy checkpoint, or to step 0. It continues first
    with all applicable remedies of `FAULT_REMEDIES` at once; then with the first other remedy that applies;
    then with one more, up to `Run.repairs` remedies in all. Each is recorded in `run.json`. If none is left,
    the training continues unchanged. Raises `Diverged` where training diverges and no remedy is left.
    """
    while True:
        watch = _watch(course)
        trainer = course.trainer(watch)
        step = trainer.resume()
        if watch is not None:
            watch.remember(step)
        end = _train(trainer, watch, quiet)
        if watch is None or (isinstance(end, Outcome) and not end.enough):
            assert isinstance(end, Outcome)
            return end
        failing = [complaint.kind for complaint in watch.complaints if complaint.level is Level.FAIL]
        failing_kinds = [Kind.DIVERGENCE] if isinstance(end, Diverged) else failing
        remedies = _remedies(course, failing_kinds)
        if not remedies and isinstance(end, Diverged):
            raise end
        course = (
            _back(course, watch, trainer.game.step, failing_kinds, remedies)
            if remedies
            else _without_remedies(course)
        )
        if isinstance(end, Outcome) and end.stopped:
            return end


def require_diagnosable(run: Run, recipe: Recipe, split: RunData) -> None:
    """Raise `BadInput` if `run.doctor` is not "off", but the run cannot be checked.

    That is a recipe that makes samples from data, or fewer than 64 training data.
    """
    if run.doctor == "off":
        return
    if not recipe.latent.size:
        raise BadInput(f"--doctor {run.doctor}: {recipe.name} makes samples from data; leave --doctor out")
    if len(split.training) < FEWEST:
        raise BadInput(
            f"--doctor {run.doctor}: {len(split.training)} data are too few; give {FEWEST} or more"
        )


def _watch(course: RunSetup) -> DoctorMonitor | None:
    run = course.record.run
    if run.doctor == "off":
        return None
    patient = DiagnosedRun(course.recipe, course.record.space, course.found, run.seed)
    strict = run.doctor == "repair" and len(course.record.repairs) < run.repairs
    return DoctorMonitor(patient, run, run.doctor_every or run.checkpoint_every, strict=strict)


def _train(trainer: Trainer, watch: DoctorMonitor | None, quiet: bool) -> Outcome | Diverged:
    """Return how training ends; raise `Diverged` where no remedy may be tried."""
    try:
        return trainer.go(quiet=quiet)
    except Diverged as error:
        if watch is None or not watch.strict:
            raise
        return error


def _without_remedies(course: RunSetup) -> RunSetup:
    """Return the course without further remedies; training goes on and is still checked."""
    LOG.warning("no other remedy applies; training continues unchanged")
    record = course.record
    course = replace(course, record=replace(record, run=replace(record.run, repairs=len(record.repairs))))
    course.record.write(record.run.out)
    return course


def _remedies(course: RunSetup, failing: Sequence[Kind]) -> list[Remedy]:
    """Return all remedies for plain faults, or else the first other remedy not tried yet.

    The list is empty where none is left. Each can be trained together with those before it and all that were
    applied.
    """
    chosen: list[Remedy] = []
    left = course.record.run.repairs - len(course.record.repairs)
    while len(chosen) < left:
        candidates = (
            r
            for r in applicable_remedies(course.record, course.source, failing)
            if not chosen or r in FAULT_REMEDIES
        )
        remedy = next((r for r in candidates if _can_train(_with(course, r))), None)
        if remedy is None:
            break
        chosen.append(remedy)
        course = _with(course, remedy)
        if remedy not in FAULT_REMEDIES:
            break
    return chosen


def _can_train(course: RunSetup) -> bool:
    """Return whether one round can be trained and discarded: a net may not support a remedy."""
    try:
        _rehearse(course)
    except (BadInput, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return False  # nets and losses may be the user's own, and fail in their own way
    return True


def _rehearse(course: RunSetup) -> None:
    trainer = course.trainer()
    noise = torch.Generator(trainer.machine.device).manual_seed(course.record.run.seed)
    with randomness.preserve_random_state(), trainer.machine.activate():
        trainer.game.round(make_draw(trainer.feed, trainer.game.recipe, noise, trainer.machine))


def _with(course: RunSetup, remedy: Remedy, because: str = "", at: int = 0, back: int = 0) -> RunSetup:
    repair = Repair(remedy.practice, because, at, back)
    return replace(course, record=replace(course.record, repairs=(*course.record.repairs, repair)))


def _back(
    course: RunSetup, watch: DoctorMonitor, at: int, failing: Sequence[Kind], remedies: Sequence[Remedy]
) -> RunSetup:
    """Return the course with the remedies, its directory reset to the last healthy checkpoint."""
    folder = course.record.run.out / CHECKPOINTS
    healthy = [step for step in checkpoints.steps(folder) if step <= watch.last_healthy]
    back = healthy[-1] if healthy else 0
    checkpoints.remove_after(folder, back)
    because = ", ".join(kind.value for kind in failing)
    for remedy in remedies:
        message = (at, because, back, remedy.practice, remedy.why)
        LOG.warning("step %d: %s; back to step %d, with %s: %s", *message)
        course = _with(course, remedy, because, at, back)
    course.record.write(course.record.run.out)
    return course
