"""Evaluate a run: sample it, compare the samples with real data, and report the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from sparring.core.errors import BadInput, require_at_least, require_seed
from sparring.metrics.classifier import Classifier
from sparring.metrics.features import UNRESIZED, Features, classifier_features, random_features, raw_pixels
from sparring.metrics.inception import inception
from sparring.metrics.modes import FEWEST as FEWEST_FOR_MODES
from sparring.runs.files import write_picture
from sparring.runs.pictures import as_arrays
from sparring.tasks.evaluate import images as pictures
from sparring.tasks.evaluate import points
from sparring.tasks.evaluate.classifier import run_classifier
from sparring.tasks.evaluate.figure import neighbours_figure
from sparring.tasks.evaluate.reference import FEWEST, Reference, reference
from sparring.tasks.evaluate.report import Evaluation, Protocol
from sparring.tasks.evaluate.sample import SEARCH_BATCH, batches, picture_sample
from sparring.tasks.opening.loaded import LoadedRun, load

FeatureName = Literal["inception", "classifier", "random", "raw"]

WIDEST = 3072
"""Largest number of features for a Frechet distance: its time grows with their cube."""

Progress = Callable[[int, int], None]
"""Called with the number of fakes drawn so far and the total."""

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
    """Return the metrics of the run at `folder` against real data, with equally many fakes and data.

    At most `n` of each are used, `n` at least 60. `data` names real data as for training; None: the run's
    own, the held-out part where it has 60 or more. `features` of pictures are "inception", "classifier",
    "random" or "raw"; None: classifier where the data have labels, else random; points are compared as they
    are. `seed` sets the latents, the choice of data and the resampling. `neighbours` ends in .png: also draw
    fakes beside their nearest training pictures there. `progress` is called with the number of fakes and the
    total. Raises `BadInput` for other values, and for runs and data that cannot be compared.
    """
    _require_valid(n, seed, neighbours)
    run = load(folder)
    _require_comparable(run, features, neighbours)
    against = reference(run, data, n, seed)
    if not run.trained.space.pictures:
        return _evaluate_points(run, against, n, seed)
    reader, notes = _features(run, against, features)
    lessons = against.training

    def training() -> Iterator[np.ndarray]:
        return batches(against.home.dataset, lessons, SEARCH_BATCH)

    fake = picture_sample(_draw(run, len(against.index), seed, progress), reader, training)
    real = picture_sample(batches(against.dataset, against.index), reader, training)
    if neighbours is not None:
        write_picture(neighbours, neighbours_figure(fake, against))
    numbers = pictures.picture_metrics(fake, real, against.unseen, seed)
    if not against.unseen:
        notes.append("copies are not counted: that needs held-out data; train with --holdout")
    return Evaluation(_protocol(run, against, reader, pictures.FLOOR, (n, seed), notes), numbers)


def _evaluate_points(run: LoadedRun, against: Reference, n: int, seed: int) -> Evaluation:
    real = against.dataset.x[against.index]
    fake = run.drawn(len(real), seed).numpy()
    numbers = points.point_metrics(fake, real, against.dataset.spec, seed)
    notes = []
    if against.dataset.spec in points.MIXTURES and len(real) < FEWEST_FOR_MODES:
        notes.append(f"modes are not counted: that needs {FEWEST_FOR_MODES} points of each")
    return Evaluation(_protocol(run, against, None, points.FLOOR, (n, seed), notes), numbers)


def _draw(run: LoadedRun, n: int, seed: int, progress: Progress | None) -> Iterator[np.ndarray]:
    done = 0
    for part in run.stream(n, seed):
        yield as_arrays(part)
        done += len(part)
        if progress is not None:
            progress(done, n)


def _features(run: LoadedRun, against: Reference, name: FeatureName | None) -> tuple[Features, list[str]]:
    """Return the features that pictures are compared by, and notes for the reader."""
    shape, home = run.trained.space.shape, against.home
    notes = ["fakes and data are rounded to 8 bits alike"]
    if name == "classifier" or (name is None and run.trained.space.classes > 1):
        judge = run_classifier(run.folder, home.dataset, home.training, home.digests)
        return classifier_features(judge), [*notes, *_accuracy(judge, against)]
    if name == "inception":
        return inception(), [*notes, FOREIGN]
    reader = raw_pixels(shape) if name == "raw" else random_features(shape)
    if reader.dimensions > WIDEST:
        size = f"{reader.dimensions} numbers each, more than {WIDEST}"
        raise BadInput(f"--features raw: pictures of shape {shape} have {size}; use random")
    return reader, notes


def _accuracy(judge: Classifier, against: Reference) -> list[str]:
    """Return a note on the classifier's accuracy on the reference, where it is labelled."""
    y = against.dataset.y
    if y is None or against.dataset.classes != against.home.dataset.classes:
        return []
    index = against.index[y[against.index] >= 0]
    if not len(index):
        return []
    predicted = np.concatenate([judge.predict(part) for part in batches(against.dataset, index)])
    return [f"the classifier labels {(predicted == y[index]).mean():.1%} of the reference correctly"]


def _protocol(
    run: LoadedRun,
    against: Reference,
    reader: Features | None,
    floor: str,
    requested: tuple[int, int],
    notes: list[str],
) -> Protocol:
    averaged = sorted(run.trained.recipe.averages)
    return Protocol(
        run=str(run.folder),
        recipe=run.record.recipe,
        step=run.trained.step,
        weights=f"averaged ({', '.join(averaged)})" if averaged else "last",
        data=against.dataset.spec,
        split=against.split,
        reference_n=len(against.index),
        fakes_n=len(against.index),
        asked_n=requested[0],
        seed=requested[1],
        features="none: points as they are" if reader is None else reader.name,
        dimensions=run.trained.space.shape[0] if reader is None else reader.dimensions,
        checksum="" if reader is None else reader.checksum,
        resize=UNRESIZED if reader is None else reader.resize,
        floor=floor,
        notes=(*against.notes, *notes),
    )


def _require_valid(n: int, seed: int, neighbours: Path | None) -> None:
    require_at_least("--n", n, FEWEST)
    require_seed(seed)
    if neighbours is not None and neighbours.suffix.lower() != ".png":
        raise BadInput(f"--neighbours {neighbours}: give a name that ends in .png")


def _require_comparable(run: LoadedRun, features: FeatureName | None, neighbours: Path | None) -> None:
    space = run.trained.space
    if space.tokens:
        raise BadInput(f"{run.folder}: makes sequences of tokens; evaluate compares pictures and points")
    if not space.pictures and (features is not None or neighbours is not None):
        flag = "--features" if features is not None else "--neighbours"
        raise BadInput(f"{flag}: {run.folder} makes points, which are compared as they are; leave it out")
