"""Training under a doctor who goes back to where the run was well and tries a remedy."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import torch

from sparring.apps.course import Course
from sparring.apps.doctor.cures import fitting
from sparring.apps.doctor.watch import Patient, Watch
from sparring.apps.material import Material
from sparring.core.errors import BadInput, Diverged
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.diagnostics.finding import Level
from sparring.diagnostics.probe import FEWEST
from sparring.diagnostics.remedies import Remedy
from sparring.diagnostics.verdict import Kind
from sparring.engine import checkpoints, randomness
from sparring.engine.record import Mended
from sparring.engine.trained import CHECKPOINTS
from sparring.engine.trainer import Outcome, Trainer, drawn

LOG = logging.getLogger(__name__)


def attended(course: Course, *, quiet: bool = False) -> Outcome:
    """Train from the newest checkpoint, if any, under the doctor that the run asks for.

    With "mend" a run that fails goes back to its last checkpoint at which all was well, or to its start, and
    on with the first remedy that fits, then with one more, at most as often as the run says; each decision
    stands in `run.json`.  Raises `Diverged` where training does and no remedy is left.
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
        remedy = _remedy(course, ill)
        if remedy is None and isinstance(end, Diverged):
            raise end
        course = (
            _unattended(course) if remedy is None else _back(course, watch, trainer.game.step, ill, remedy)
        )
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


def _remedy(course: Course, ill: Sequence[Kind]) -> Remedy | None:
    """The first that was not tried and can be played with all that were."""
    for remedy in fitting(course.record, course.base, ill):
        try:
            _rehearse(_with(course, Mended(remedy.practice, "", 0, 0)))
        except BadInput:
            continue
        return remedy
    return None


def _rehearse(course: Course) -> None:
    """Play a round that nobody keeps; `BadInput` where a net cannot be had, or refuses the run's batches."""
    trainer = course.trainer()
    noise = torch.Generator(trainer.machine.device).manual_seed(course.record.run.seed)
    with randomness.kept(), trainer.machine.in_force():
        trainer.game.round(drawn(trainer.feed, trainer.game.recipe, noise, trainer.machine))


def _with(course: Course, done: Mended) -> Course:
    return replace(course, record=replace(course.record, mended=(*course.record.mended, done)))


def _back(course: Course, watch: Watch, at: int, ill: Sequence[Kind], remedy: Remedy) -> Course:
    """The course with the remedy, its folder back at the step where all was well."""
    folder = course.record.run.out / CHECKPOINTS
    there = [step for step in checkpoints.steps(folder) if step <= watch.well]
    back = there[-1] if there else 0
    checkpoints.forget(folder, back)
    because = ", ".join(kind.value for kind in ill)
    LOG.warning("step %d: %s; back to step %d, with %s: %s", at, because, back, remedy.practice, remedy.why)
    course = _with(course, Mended(remedy.practice, because, at, back))
    course.record.write(course.record.run.out)
    return course
