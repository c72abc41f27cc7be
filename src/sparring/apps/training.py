"""From a recipe's name and a `Run` to a run directory, and on from there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sparring.apps.recipes import lasting, recipe_named
from sparring.core.errors import BadInput
from sparring.core.knobs import turned
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.data.dataset import Dataset
from sparring.data.feed import Feed
from sparring.data.holdout import digests, held_out
from sparring.data.sources import anywhere, dataset
from sparring.engine.files import RUN_PARTS, claim, sha256, write_npy
from sparring.engine.game import Game, stage_starts
from sparring.engine.machine import Machine, machine_of, measured, resolved
from sparring.engine.record import Record, described, record
from sparring.engine.trainer import Outcome, Trainer, drawn
from sparring.nets.families import FAMILIES, exchanged
from sparring.practice.catalogue import practised
from sparring.practice.order import ordered, require_untied

LOG = logging.getLogger(__name__)

TRAINED_ON = "trained_on.npy"
"""Digests of the pictures that a run was trained on, so that none is ever completed as if unseen."""


@dataclass(frozen=True)
class Material:
    """A run's data and what may be trained on."""

    dataset: Dataset
    digests: np.ndarray
    training: np.ndarray
    """Indices of the training part."""
    held: np.ndarray
    """Indices of the part kept aside."""
    space: Space


def train(
    recipe: str | Recipe, run: Run, *, knobs: Mapping[str, object] | None = None, quiet: bool = False
) -> Outcome:
    """Train `recipe` as `run` says and write the run directory `run.out`.

    `knobs` sets values inside the recipe by dotted path, e.g. {"turns.D.optim.lr": 1e-4}.
    Raises `BadInput` before anything is written, `Diverged` where training does.
    """
    word = lasting(recipe) if isinstance(recipe, str) else recipe.name
    recipe = recipe_named(recipe) if isinstance(recipe, str) else recipe
    recipe = turned(practised(with_family(recipe, run.family), run.practice), knobs or {})
    recipe = ordered(recipe, run.order)
    _require_sound(run)
    run = replace(run, batch=run.batch or recipe.batch)
    found = material(run, recipe)
    recipe = suited(recipe, found.space)
    _require_buildable(recipe, found.space)
    require_untied(recipe, found.space)
    _feed(recipe, run, found, "cpu")  # refuses data that it cannot draw from
    claim(run.out, run.overwrite, RUN_PARTS)
    LOG.info("measuring which threads, layout and precision are fastest here")
    machine, timings = measured(run, recipe, found.space.pictures, _rehearsal(recipe, run, found))
    run = replace(resolved(run, machine), data=anywhere(run.data))
    LOG.info("%d thread(s), %s, %s", machine.threads, run.precision, run.layout)
    starts = stage_starts(recipe, run.steps)
    write_npy(run.out / TRAINED_ON, found.digests[found.training])
    Record(word, described(recipe), run, found.space, starts, _summary(found), timings).write(run.out)
    return Trainer(recipe, run, found.space, found.dataset, found.training, starts).go(quiet=quiet)


def resume(folder: Path, *, steps: int | None = None, quiet: bool = False) -> Outcome:
    """Go on with a run from its newest checkpoint, to `steps` where that is given and larger.

    The result is that of the run uninterrupted, bit for bit on the same machine.
    Raises `BadInput` where `folder` is no run, its data have changed, or nothing is left to do.
    """
    kept = record(folder)
    recipe = recipe_of(kept)
    run = replace(kept.run, out=folder, steps=kept.run.steps if steps is None else steps)
    found = material(run, recipe)
    if _summary(found)["digest"] != kept.data["digest"]:
        raise BadInput(
            f"{run.data}: is not what {folder} was trained on "
            f"({kept.data['count']} pictures then, {len(found.dataset)} now); put the old data back"
        )
    trainer = Trainer(recipe, run, found.space, found.dataset, found.training, kept.starts)
    step = trainer.resume()
    if run.steps <= step:
        raise BadInput(
            f"{folder}: is at step {step} of {kept.run.steps}; give --steps larger than {step} to go on"
        )
    if run.steps != kept.run.steps:
        replace(kept, run=replace(kept.run, steps=run.steps)).write(folder)
    LOG.info("going on at step %d", step)
    return trainer.go(quiet=quiet)


def recipe_of(kept: Record) -> Recipe:
    """The recipe that a run was trained with, its knobs set as they were."""
    recipe = practised(with_family(recipe_named(kept.recipe), kept.run.family), kept.run.practice)
    return suited(ordered(turned(recipe, kept.knobs), kept.run.order), kept.space)


def suited(recipe: Recipe, space: Space) -> Recipe:
    """The recipe with its latent as long as data of `space` ask for."""
    return replace(recipe, latent=recipe.latent.fitted(space.shape))


def with_family(recipe: Recipe, family: str) -> Recipe:
    """The recipe with its generators and critics from another family of nets; "own" changes nothing."""
    if family == "own":
        return recipe
    if family not in FAMILIES:
        raise BadInput(f"--family {family}: there are own, {', '.join(FAMILIES)}")
    if all(exchanged(recipe.nets, other) == recipe.nets for other in FAMILIES):
        raise BadInput(f"--family {family}: {recipe.name} has nets of its own kind alone; leave --family out")
    return replace(recipe, nets=exchanged(recipe.nets, family))


def material(run: Run, recipe: Recipe) -> Material:
    """Read a run's data and part them; notes are passed on to the reader."""
    data = dataset(run.data, size=run.size, crop=run.crop, channels=run.channels)
    for note in data.notes:
        LOG.warning("%s", note)
    marks = digests(data.x)
    aside = held_out(marks, run.holdout)
    if aside.all():
        raise BadInput(f"{run.data}: nothing is left to train on; give more data, or --holdout 0")
    classes = len(data.classes) if recipe.domains == 1 else 0
    space = Space(data.shape, recipe.latent.fitted(data.shape).size, classes, data.tokens)
    return Material(data, marks, np.flatnonzero(~aside), np.flatnonzero(aside), space)


def trained_on(folder: Path) -> np.ndarray:
    """Digests of what the run at `folder` was trained on, uint64; `BadInput` where the file is damaged."""
    path = folder / TRAINED_ON
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path}: cannot be read ({type(error).__name__}); train again") from error


def _summary(found: Material) -> dict[str, Any]:
    return {
        "count": len(found.dataset),
        "training": len(found.training),
        "held_out": len(found.held),
        "classes": list(found.dataset.classes),
        "digest": sha256(found.digests.tobytes()),
    }


def _rehearsal(recipe: Recipe, run: Run, found: Material) -> Callable[[Machine], Callable[[], None]]:
    """Throw-away games on the real data, for timing."""

    def play(machine: Machine) -> Callable[[], None]:
        game = Game(recipe, found.space, seed=run.seed, machine=machine)
        feed = _feed(recipe, run, found, machine.device)
        draw = drawn(feed, recipe, torch.Generator(machine.device).manual_seed(0), machine)
        return lambda: game.round(draw)

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
    }
    for flag, value in counts.items():
        if value is not None and value < 1:
            raise BadInput(f"{flag} {value}: give a whole number of at least 1")
    if run.frames < 0:
        raise BadInput(f"--frames {run.frames}: give 0 or more")
    if not 0 <= run.seed < 2**32:
        raise BadInput(f"--seed {run.seed}: give a whole number from 0 to {2**32 - 1}")
    if run.order == "one_stage" and run.compile == "on":
        raise BadInput("--compile on: what --order one_stage does is not compiled; leave one of the two out")
    machine_of(run)
