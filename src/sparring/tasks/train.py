"""Train a recipe into a run directory, and resume a run."""

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
from sparring.data.sources import absolute_spec
from sparring.engine import checkpoints
from sparring.engine.game import Game, stage_starts
from sparring.engine.machine import Machine, Timing, fastest_machine, machine_of, with_machine
from sparring.engine.trained import CHECKPOINTS
from sparring.engine.trainer import Outcome, make_draw
from sparring.practice.order import require_independent_samples
from sparring.runs.files import RUN_PARTS, prepare_folder, write_npy
from sparring.runs.record import MARK, Record, Repair, knobs_as_json, read_record, run_folder
from sparring.runs.split import TRAINED_ON, RunData, load_run_data, summary
from sparring.tasks.doctor.repair import require_diagnosable, train_with_doctor
from sparring.tasks.doctor.watch import DiagnosedRun, check_interval
from sparring.tasks.opening.lookup import name_and_recipe, recipe_named
from sparring.tasks.opening.resolve import fit_to, resolve
from sparring.tasks.opening.setup import RunSetup

LOG = logging.getLogger(__name__)

Trial = Callable[[Machine], tuple[Game, Callable[[], None]]]
"""Makes a throw-away game on a machine, with the function that takes one step of it."""


def train(
    recipe: str | Recipe, run: Run, *, knobs: Mapping[str, object] | None = None, quiet: bool = False
) -> Outcome:
    """Train `recipe` with the settings `run`, write the run directory `run.out`, and return the outcome.

    `recipe` is a name of the zoo, FILE.py:VARIABLE, or a `Recipe`; a run of a `Recipe` that is not the zoo's
    cannot be loaded or resumed, since no file has it.  `knobs` sets values inside the recipe by dotted path,
    such as {"turns.D.optim.lr": 1e-4}; paths of nets may be those before or after the run's practices are
    applied.  `quiet` hides the progress display.  The outcome has the last `step`, the `seconds` of training,
    and `stopped`: whether it was interrupted.  Raises `BadInput` before anything is written, and `Diverged`
    if training diverges.
    """
    word, source = name_and_recipe(recipe)
    return train_with_doctor(_start(word, source, run, knobs or {}), quiet=quiet)


def _start(word: str, source: Recipe, run: Run, knobs: Mapping[str, object]) -> RunSetup:
    """Check a run, measure its fastest machine, and write its directory; a refused run writes nothing."""
    recipe = resolve(source, run, knobs)
    settings = knobs_as_json(recipe)
    _require_sound(run)
    run = replace(run, batch=run.batch or recipe.batch)
    data = load_run_data(run, recipe)
    recipe = fit_to(recipe, data.space)
    _require_trainable(recipe, data.space)
    require_diagnosable(run, recipe, data)
    trial = _trials(recipe, run, data)
    prepare_folder(run.out, run.overwrite, RUN_PARTS)
    run, timings = _measure(recipe, run, data, trial)
    starts = stage_starts(recipe, run.steps)
    write_npy(run.out / TRAINED_ON, data.digests[data.training])
    run_record = Record(word, settings, run, data.space, starts, summary(data), timings)
    run_record.write(run.out)
    return RunSetup(run_record, source, data)


def _measure(recipe: Recipe, run: Run, data: RunData, trial: Trial) -> tuple[Run, list[Timing]]:
    """Return the run with the fastest machine and the doctor's interval, and the timings."""
    LOG.info("measuring the fastest number of threads, layout and precision")
    machine, timings = fastest_machine(run, recipe, data.space.pictures, lambda machine: trial(machine)[1])
    run = replace(with_machine(run, machine), data=absolute_spec(run.data))
    LOG.info("%d thread(s), %s, %s", machine.threads, run.precision, run.layout)
    if run.doctor != "off" and run.doctor_every is None:
        with machine.activate():
            every = check_interval(DiagnosedRun(recipe, data.space, data, run.seed), *trial(machine))
        run = replace(run, doctor_every=every)
        LOG.info("the doctor checks every %d steps", every)
    return run, timings


def resume(
    folder: Path,
    *,
    steps: int | None = None,
    remedies: Sequence[str] = (),
    back_to: int | None = None,
    quiet: bool = False,
) -> Outcome:
    """Resume the run at `folder` from its newest checkpoint, train to its last step, and return the outcome.

    The result is that of an uninterrupted run, bit for bit on the same machine.  `steps` is a new last step;
    None: unchanged.  `remedies` are practices, as for `--with`, that change the recipe from here on;
    `run.json` records them.  `back_to` is the step of a checkpoint to resume from; later checkpoints are
    removed.  `quiet` hides the progress display.  Raises `BadInput`, and changes nothing, if `folder` is no
    run, its data have changed, its CUDA device is missing, its last step is not after the checkpoint's, there
    is no such checkpoint, or a remedy does not fit.  Raises `Diverged` if training diverges.
    """
    run_record, folder = read_record(folder), run_folder(folder)
    source = recipe_named(run_record.recipe)
    recipe = resolve(source, run_record.run, run_record.knobs)
    run = replace(run_record.run, out=folder, steps=run_record.run.steps if steps is None else steps)
    _require_device(run)
    data = load_run_data(run, recipe)
    _require_same_data(folder, run_record, data)
    settings = knobs_as_json(recipe)  # by their present names
    setup = RunSetup(replace(run_record, run=run, knobs=settings), source, data)
    newest = setup.trainer().resume()
    step = newest if back_to is None else _require_checkpoint(folder, back_to)
    if run.steps <= step:
        raise BadInput(
            f"{folder}: is at step {step} of {run_record.run.steps}; "
            f"give --steps larger than {step} to resume"
        )
    setup = _with_remedies(setup, [Repair(practice, "by hand", newest, step) for practice in remedies])
    checkpoints.remove_after(folder / CHECKPOINTS, step)
    setup.record.write(folder)
    LOG.info("resuming at step %d", step)
    return train_with_doctor(setup, quiet=quiet)


def _require_same_data(folder: Path, run_record: Record, data: RunData) -> None:
    """Raise `BadInput` if a run's data are not those that it was trained on."""
    if summary(data)["digest"] != run_record.data["digest"]:
        raise BadInput(
            f"{run_record.run.data}: is not what {folder} was trained on "
            f"({run_record.data['count']} pictures then, {len(data.dataset)} now); put the old data back"
        )


def _require_device(run: Run) -> None:
    """Raise `BadInput` if a run cannot be resumed on this machine."""
    try:
        machine_of(run)
    except BadInput as error:
        raise BadInput(
            f"{run.out}: was trained on a CUDA device, and none is available here: resume where there is one "
            f"(all else works here too), or repeat it, sparring train --from {run.out / MARK} --device cpu"
        ) from error


def _with_remedies(setup: RunSetup, remedies: Sequence[Repair]) -> RunSetup:
    """Add remedies to a run; `BadInput` if one does not fit its recipe, its data or its batch."""
    if not remedies:
        return setup
    setup = replace(setup, record=replace(setup.record, repairs=(*setup.record.repairs, *remedies)))
    recipe, run = setup.recipe, setup.record.run
    _require_trainable(recipe, setup.found.space)
    _, take_step = _trials(recipe, run, setup.found)(machine_of(run))
    take_step()
    return setup


def _require_checkpoint(folder: Path, step: int) -> int:
    """Return `step` if it has an intact checkpoint; `BadInput` otherwise."""
    steps = checkpoints.steps(folder / CHECKPOINTS)
    if step not in steps:
        known = ", ".join(map(str, steps)) or "none"
        raise BadInput(f"--back-to {step}: {folder} has no checkpoint of that step; there are {known}")
    if checkpoints.load(folder / CHECKPOINTS, step)[0] != step:
        raise BadInput(
            f"--back-to {step}: that checkpoint is damaged; give another of {', '.join(map(str, steps))}"
        )
    return step


def _trials(recipe: Recipe, run: Run, data: RunData) -> Trial:
    """Return throw-away games on the run's own data; `BadInput` if no batches can be drawn from these.

    All of them draw from one feed, which the training does not share.
    """
    device, batch = machine_of(run).device, run.batch or recipe.batch
    feed = Feed(data.dataset, data.training, batch, seed=run.seed, device=device, needs=recipe.needs)

    def trial(machine: Machine) -> tuple[Game, Callable[[], None]]:
        game = Game(recipe, data.space, seed=run.seed, machine=machine)
        draw = make_draw(feed, recipe, torch.Generator(machine.device).manual_seed(0), machine)
        return game, lambda: game.round(draw)

    return trial


def _require_trainable(recipe: Recipe, space: Space) -> None:
    """Raise `BadInput` for nets that cannot be built for such data, or mix samples where they must not."""
    with torch.device("meta"):
        for builder in recipe.nets.values():
            builder(space)
    require_independent_samples(recipe, space)


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
    if run.repairs < 0:
        raise BadInput(f"--repairs {run.repairs}: give 0 or more")
    if run.frames < 0:
        raise BadInput(f"--frames {run.frames}: give 0 or more")
    if not 0 <= run.seed < 2**32:
        raise BadInput(f"--seed {run.seed}: give a whole number from 0 to {2**32 - 1}")
    if run.order == "one_stage" and run.compile == "on":
        raise BadInput("--compile on: --order one_stage is not compiled; leave one of the two out")
    machine_of(run)
