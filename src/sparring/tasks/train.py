"""From a recipe's name and a `Run` to a run directory, and on from there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.data.feed import Feed
from sparring.data.sources import anywhere
from sparring.engine import checkpoints
from sparring.engine.game import Game, stage_starts
from sparring.engine.machine import Machine, machine_of, measured, resolved
from sparring.engine.trained import CHECKPOINTS
from sparring.engine.trainer import Outcome, drawn
from sparring.practice.order import ordered, require_untied
from sparring.runs.files import RUN_PARTS, claim, write_npy
from sparring.runs.record import MARK, Mended, Record, described, record
from sparring.runs.split import TRAINED_ON, Material, material, summary
from sparring.tasks.doctor.repair import attended, require_patient
from sparring.tasks.doctor.watch import Patient, interval
from sparring.tasks.opening.lookup import lasting, recipe_named
from sparring.tasks.opening.setup import Course, base_of, recipe_of, settled, suited, with_family

LOG = logging.getLogger(__name__)


def train(
    recipe: str | Recipe, run: Run, *, knobs: Mapping[str, object] | None = None, quiet: bool = False
) -> Outcome:
    """Train `recipe` as `run` says and write the run directory `run.out`.

    `knobs` sets values inside the recipe by dotted path, e.g. {"turns.D.optim.lr": 1e-4}; those of nets may
    be named as before or as after the run's practices.
    Raises `BadInput` before anything is written, `Diverged` where training does.
    """
    word = lasting(recipe) if isinstance(recipe, str) else recipe.name
    recipe = recipe_named(recipe) if isinstance(recipe, str) else recipe
    base = settled(with_family(recipe, run.family), run.practice, knobs or {})
    recipe = ordered(base, run.order)
    _require_sound(run)
    run = replace(run, batch=run.batch or recipe.batch)
    found = material(run, recipe)
    recipe = suited(recipe, found.space)
    _require_buildable(recipe, found.space)
    require_untied(recipe, found.space)
    require_patient(run, recipe, found)
    _feed(recipe, run, found, "cpu")  # refuses data that it cannot draw from
    claim(run.out, run.overwrite, RUN_PARTS)
    LOG.info("measuring which threads, layout and precision are fastest here")
    play = _rehearsal(recipe, run, found)
    machine, timings = measured(run, recipe, found.space.pictures, lambda machine: play(machine)[1])
    run = replace(resolved(run, machine), data=anywhere(run.data))
    LOG.info("%d thread(s), %s, %s", machine.threads, run.precision, run.layout)
    if run.doctor != "off" and run.doctor_every is None:
        with machine.in_force():
            every = interval(Patient(recipe, found.space, found, run.seed), *play(machine))
        run = replace(run, doctor_every=every)
        LOG.info("the doctor looks every %d steps", every)
    starts = stage_starts(recipe, run.steps)
    write_npy(run.out / TRAINED_ON, found.digests[found.training])
    kept = Record(word, described(base), run, found.space, starts, summary(found), timings)
    kept.write(run.out)
    return attended(Course(kept, base, found), quiet=quiet)


def resume(
    folder: Path,
    *,
    steps: int | None = None,
    remedies: Sequence[str] = (),
    back_to: int | None = None,
    quiet: bool = False,
) -> Outcome:
    """Go on with a run from its newest checkpoint, to `steps` where that is given and larger.

    The result is that of the run uninterrupted, bit for bit on the same machine.  With `remedies`, practices
    as `--with` takes them, it goes on as another game, and `run.json` says so.  `back_to` is the step of a
    checkpoint to go on from; those after it are removed.
    Raises `BadInput` where `folder` is no run, its data have changed, nothing is left to do, there is no such
    checkpoint, or a remedy does not fit; nothing is changed then.
    """
    kept = record(folder)
    recipe = recipe_of(kept)
    run = replace(kept.run, out=folder, steps=kept.run.steps if steps is None else steps)
    _require_device(run)
    found = material(run, recipe)
    if summary(found)["digest"] != kept.data["digest"]:
        raise BadInput(
            f"{run.data}: is not what {folder} was trained on "
            f"({kept.data['count']} pictures then, {len(found.dataset)} now); put the old data back"
        )
    course = Course(replace(kept, run=run), base_of(kept), found)
    newest = course.trainer().resume()
    step = newest if back_to is None else _standing(folder, back_to)
    if run.steps <= step:
        raise BadInput(
            f"{folder}: is at step {step} of {kept.run.steps}; give --steps larger than {step} to go on"
        )
    course = _mended(course, [Mended(practice, "by hand", newest, step) for practice in remedies])
    checkpoints.forget(folder / CHECKPOINTS, step)
    course.record.write(folder)
    LOG.info("going on at step %d", step)
    return attended(course, quiet=quiet)


def _require_device(run: Run) -> None:
    """Raise `BadInput` where a run cannot go on here."""
    try:
        machine_of(run)
    except BadInput as error:
        raise BadInput(
            f"{run.out}: was trained on a CUDA device, and none is to be seen here: go on where there is one "
            f"(all else works here too), or repeat it, sparring train --from {run.out / MARK} --device cpu"
        ) from error


def _mended(course: Course, given: Sequence[Mended]) -> Course:
    """The course with further remedies; `BadInput` where one does not fit it, its space or its batch."""
    if not given:
        return course
    course = replace(course, record=replace(course.record, mended=(*course.record.mended, *given)))
    recipe, run, space = course.recipe, course.record.run, course.found.space
    _require_buildable(recipe, space)
    require_untied(recipe, space)
    _rehearsal(recipe, run, course.found)(machine_of(run))[1]()
    return course


def _standing(folder: Path, step: int) -> int:
    """The step of a checkpoint; `BadInput` where none stands there whole."""
    there = checkpoints.steps(folder / CHECKPOINTS)
    if step not in there:
        known = ", ".join(map(str, there)) or "none"
        raise BadInput(f"--back-to {step}: {folder} has no checkpoint of that step; there are {known}")
    if checkpoints.load(folder / CHECKPOINTS, step)[0] != step:
        raise BadInput(
            f"--back-to {step}: that checkpoint is damaged; give another of {', '.join(map(str, there))}"
        )
    return step


def _rehearsal(
    recipe: Recipe, run: Run, found: Material
) -> Callable[[Machine], tuple[Game, Callable[[], None]]]:
    """Throw-away games on the real data, with a function that plays a round, for timing."""

    def play(machine: Machine) -> tuple[Game, Callable[[], None]]:
        game = Game(recipe, found.space, seed=run.seed, machine=machine)
        feed = _feed(recipe, run, found, machine.device)
        draw = drawn(feed, recipe, torch.Generator(machine.device).manual_seed(0), machine)
        return game, lambda: game.round(draw)

    return play


def _feed(recipe: Recipe, run: Run, found: Material, device: str) -> Feed:
    batch = run.batch or recipe.batch
    return Feed(found.dataset, found.training, batch, seed=run.seed, device=device, domains=recipe.domains)


def _require_buildable(recipe: Recipe, space: Space) -> None:
    """Let the builders refuse a size before anything is written."""
    with torch.device("meta"):
        for builder in recipe.nets.values():
            builder(space)


def _require_sound(run: Run) -> None:
    counts = {
        "--steps": run.steps,
        "--batch": run.batch,
        "--threads": run.threads,
        "--checkpoint-every": run.checkpoint_every,
        "--sample-every": run.sample_every,
        "--log-every": run.log_every,
        "--doctor-every": run.doctor_every,
    }
    for flag, value in counts.items():
        if value is not None and value < 1:
            raise BadInput(f"{flag} {value}: give a whole number of at least 1")
    if run.mends < 0:
        raise BadInput(f"--mends {run.mends}: give 0 or more")
    if run.frames < 0:
        raise BadInput(f"--frames {run.frames}: give 0 or more")
    if not 0 <= run.seed < 2**32:
        raise BadInput(f"--seed {run.seed}: give a whole number from 0 to {2**32 - 1}")
    if run.order == "one_stage" and run.compile == "on":
        raise BadInput("--compile on: what --order one_stage does is not compiled; leave one of the two out")
    machine_of(run)
