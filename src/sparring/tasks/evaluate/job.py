"""Evaluate a run: draw, compare, and say how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from sparring.core.errors import BadInput
from sparring.metrics.classifier import Judge
from sparring.metrics.features import UNRESIZED, Features, of_judge, random, raw
from sparring.metrics.inception import inception
from sparring.metrics.modes import FEWEST as FEWEST_FOR_MODES
from sparring.runs.files import write_picture
from sparring.runs.pictures import as_arrays
from sparring.tasks.evaluate import images as pictures
from sparring.tasks.evaluate import points
from sparring.tasks.evaluate.classifier import judge_of
from sparring.tasks.evaluate.figure import neighbours_figure
from sparring.tasks.evaluate.reference import FEWEST, Reference, reference
from sparring.tasks.evaluate.report import Evaluation, Protocol
from sparring.tasks.evaluate.sample import LESSON, parts, sampled
from sparring.tasks.opening.loaded import Loaded, load

FeatureName = Literal["inception", "classifier", "random", "raw"]

WIDEST = 3072
"""Features that a Frechet distance is taken of at most: its time grows with their cube."""

Progress = Callable[[int, int], None]
"""Called with how many fakes are drawn, and of how many."""

FOREIGN = "Inception's weights are Keras's, not those of 2015: distances are not those of papers' tables"


def evaluate(
    folder: Path,
    *,
    data: str | None = None,
    n: int = 10_000,
    features: FeatureName | None = None,
    seed: int = 0,
    neighbours: Path | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """The numbers of the run at `folder` against real data, as many fakes as data, `n` at most of each.

    `data` None: the run's own, the part held out from training where there is one.  `features` None:
    classifier where the data have labels, else random; points are compared as they are.  `neighbours` names a
    picture of fakes beside their nearest training pictures.  Raises `BadInput` for what cannot be compared.
    """
    _require_sound(n, seed, neighbours)
    held = load(folder)
    _require_comparable(held, features, neighbours)
    against = reference(held, data, n, seed)
    if not held.trained.space.pictures:
        return _of_points(held, against, n, seed)
    chosen, notes = _features(held, against, features)
    lessons = against.training

    def training() -> Iterator[np.ndarray]:
        return parts(against.home.dataset, lessons, LESSON)

    fake = sampled(_drawn(held, len(against.index), seed, progress), chosen, training)
    real = sampled(parts(against.dataset, against.index), chosen, training)
    if neighbours is not None:
        write_picture(neighbours, neighbours_figure(fake, against))
    found = pictures.picture_numbers(fake, real, against.unseen, seed)
    if not against.unseen:
        notes.append("copies are not counted, for that needs data that were held out; train with --holdout")
    return Evaluation(_protocol(held, against, chosen, pictures.FLOOR, (n, seed), notes), found)


def _of_points(held: Loaded, against: Reference, n: int, seed: int) -> Evaluation:
    real = against.dataset.x[against.index]
    fake = held.drawn(len(real), seed).numpy()
    found = points.point_numbers(fake, real, against.dataset.spec, seed)
    notes = []
    if against.dataset.spec in points.MIXTURES and len(real) < FEWEST_FOR_MODES:
        notes.append(f"modes are not counted, for that needs {FEWEST_FOR_MODES} points of each")
    return Evaluation(_protocol(held, against, None, points.FLOOR, (n, seed), notes), found)


def _drawn(held: Loaded, n: int, seed: int, progress: Progress | None) -> Iterator[np.ndarray]:
    done = 0
    for part in held.stream(n, seed):
        yield as_arrays(part)
        done += len(part)
        if progress is not None:
            progress(done, n)


def _features(held: Loaded, against: Reference, name: FeatureName | None) -> tuple[Features, list[str]]:
    """How pictures are read, and what a reader should know of it."""
    shape, home = held.trained.space.shape, against.home
    notes = ["fakes and data are rounded to 8 bits alike"]
    if name == "classifier" or (name is None and held.trained.space.classes > 1):
        judge = judge_of(held.folder, home.dataset, home.training, home.digests)
        return of_judge(judge), [*notes, *_accuracy(judge, against)]
    if name == "inception":
        return inception(), [*notes, FOREIGN]
    found = raw(shape) if name == "raw" else random(shape)
    if found.dimensions > WIDEST:
        many = f"{found.dimensions} numbers each, more than {WIDEST}"
        raise BadInput(f"--features raw: pictures of shape {shape} have {many}; use random")
    return found, notes


def _accuracy(judge: Judge, against: Reference) -> list[str]:
    """What the classifier knows, where the reference tells."""
    y = against.dataset.y
    if y is None or against.dataset.classes != against.home.dataset.classes:
        return []
    index = against.index[y[against.index] >= 0]
    if not len(index):
        return []
    named = np.concatenate([judge.predict(part) for part in parts(against.dataset, index)])
    return [f"the classifier names {(named == y[index]).mean():.1%} of the reference rightly"]


def _protocol(
    held: Loaded,
    against: Reference,
    chosen: Features | None,
    floor: str,
    asked: tuple[int, int],
    notes: list[str],
) -> Protocol:
    averaged = sorted(held.trained.recipe.averages)
    return Protocol(
        run=str(held.folder),
        recipe=held.record.recipe,
        step=held.trained.step,
        weights=f"averaged ({', '.join(averaged)})" if averaged else "last",
        data=against.dataset.spec,
        split=against.split,
        reference_n=len(against.index),
        fakes_n=len(against.index),
        asked_n=asked[0],
        seed=asked[1],
        features="none: points as they are" if chosen is None else chosen.name,
        dimensions=held.trained.space.shape[0] if chosen is None else chosen.dimensions,
        checksum="" if chosen is None else chosen.checksum,
        resize=UNRESIZED if chosen is None else chosen.resize,
        floor=floor,
        notes=(*against.notes, *notes),
    )


def _require_sound(n: int, seed: int, neighbours: Path | None) -> None:
    if n < FEWEST:
        raise BadInput(f"--n {n}: give a whole number of at least {FEWEST}")
    if not 0 <= seed < 2**32:
        raise BadInput(f"--seed {seed}: give a whole number from 0 to {2**32 - 1}")
    if neighbours is not None and neighbours.suffix.lower() != ".png":
        raise BadInput(f"--neighbours {neighbours}: give a name that ends in .png")


def _require_comparable(held: Loaded, features: FeatureName | None, neighbours: Path | None) -> None:
    space = held.trained.space
    if space.tokens:
        raise BadInput(f"{held.folder}: makes sequences of tokens; evaluate compares pictures and points")
    if not space.pictures and (features is not None or neighbours is not None):
        flag = "--features" if features is not None else "--neighbours"
        raise BadInput(f"{flag}: {held.folder} makes points, which are compared as they are; leave it out")
