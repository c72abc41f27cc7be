"""Training under a doctor who goes back to where the run was well and tries a remedy."""

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
from sparring.diagnostics.remedies import UNDO, Remedy
from sparring.diagnostics.verdict import Kind
from sparring.engine import checkpoints, randomness
from sparring.engine.trained import CHECKPOINTS
from sparring.engine.trainer import Outcome, Trainer, drawn
from sparring.runs.record import Mended
from sparring.runs.split import Material
from sparring.tasks.doctor.commands import fitting
from sparring.tasks.doctor.watch import Patient, Watch
from sparring.tasks.opening.setup import Course

LOG = logging.getLogger(__name__)


def attended(course: Course, *, quiet: bool = False) -> Outcome:
    """Train from the newest checkpoint, if any, under the doctor that the run asks for.

    With "mend" a run that fails goes back to its last checkpoint at which all was well, or to its start, and
    on with what sets its plain faults right, all at once; then with the first remedy that fits, then with one
    more, at most as many as the run says; each decision stands in `run.json`.  Raises `Diverged` where
    training does and no remedy is left.
    """
    while True:
        watch = _watch(course)
        trainer = course.trainer(watch)
        step = trainer.resume()
        if watch is not None:
            watch.remember(step)
        end = _end(trainer, watch, quiet)
        if watch is None or (isinstance(end, Outcome) and not end.enough):
            assert isinstance(end, Outcome)
            return end
        failing = [one.kind for one in watch.complaints if one.level is Level.FAIL]
        ill = [Kind.DIVERGENCE] if isinstance(end, Diverged) else failing
        found = _remedies(course, ill)
        if not found and isinstance(end, Diverged):
            raise end
        course = _back(course, watch, trainer.game.step, ill, found) if found else _unattended(course)
        if isinstance(end, Outcome) and end.stopped:
            return end


def require_patient(run: Run, recipe: Recipe, found: Material) -> None:
    """Raise `BadInput` where a doctor is asked for but cannot look at such a run."""
    if run.doctor == "off":
        return
    if not recipe.latent.size:
        raise BadInput(f"--doctor {run.doctor}: {recipe.name} makes samples from data; leave --doctor out")
    if len(found.training) < FEWEST:
        raise BadInput(
            f"--doctor {run.doctor}: {len(found.training)} data are too few; give {FEWEST} or more"
        )


def _watch(course: Course) -> Watch | None:
    run = course.record.run
    if run.doctor == "off":
        return None
    patient = Patient(course.recipe, course.record.space, course.found, run.seed)
    strict = run.doctor == "mend" and len(course.record.mended) < run.mends
    return Watch(patient, run, run.doctor_every or run.checkpoint_every, strict=strict)


def _end(trainer: Trainer, watch: Watch | None, quiet: bool) -> Outcome | Diverged:
    """How the training ends; that it diverges is raised where no remedy may be tried."""
    try:
        return trainer.go(quiet=quiet)
    except Diverged as error:
        if watch is None or not watch.strict:
            raise
        return error


def _unattended(course: Course) -> Course:
    """The course without further remedies: it goes on as it is, and is watched."""
    LOG.warning("nothing more is known to try; the run goes on as it is")
    kept = course.record
    course = replace(course, record=replace(kept, run=replace(kept.run, mends=len(kept.mended))))
    course.record.write(kept.run.out)
    return course


def _remedies(course: Course, ill: Sequence[Kind]) -> list[Remedy]:
    """All that set plain faults right, or else the first other that was not tried; none where none is left.

    Each can be played with those before it and all that were done.
    """
    found: list[Remedy] = []
    left = course.record.run.mends - len(course.record.mended)
    while len(found) < left:
        further = (one for one in fitting(course.record, course.base, ill) if not found or one in UNDO)
        remedy = next((one for one in further if _playable(_with(course, one))), None)
        if remedy is None:
            break
        found.append(remedy)
        course = _with(course, remedy)
        if remedy not in UNDO:
            break
    return found


def _playable(course: Course) -> bool:
    """Whether a round can be played, which nobody keeps: a net may refuse what a remedy asks of it."""
    try:
        _rehearse(course)
    except (BadInput, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return False  # nets and losses may be the user's own, and fail in their own way
    return True


def _rehearse(course: Course) -> None:
    trainer = course.trainer()
    noise = torch.Generator(trainer.machine.device).manual_seed(course.record.run.seed)
    with randomness.kept(), trainer.machine.in_force():
        trainer.game.round(drawn(trainer.feed, trainer.game.recipe, noise, trainer.machine))


def _with(course: Course, remedy: Remedy, because: str = "", at: int = 0, back: int = 0) -> Course:
    done = Mended(remedy.practice, because, at, back)
    return replace(course, record=replace(course.record, mended=(*course.record.mended, done)))


def _back(course: Course, watch: Watch, at: int, ill: Sequence[Kind], found: Sequence[Remedy]) -> Course:
    """The course with the remedies, its folder back at the step where all was well."""
    folder = course.record.run.out / CHECKPOINTS
    there = [step for step in checkpoints.steps(folder) if step <= watch.well]
    back = there[-1] if there else 0
    checkpoints.forget(folder, back)
    because = ", ".join(kind.value for kind in ill)
    for remedy in found:
        told = (at, because, back, remedy.practice, remedy.why)
        LOG.warning("step %d: %s; back to step %d, with %s: %s", *told)
        course = _with(course, remedy, because, at, back)
    course.record.write(course.record.run.out)
    return course
