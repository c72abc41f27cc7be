"""A classifier of a run's data, trained once and cached beside the run."""

from __future__ import annotations

import logging
from importlib.metadata import version
from pathlib import Path

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset
from sparring.metrics.classifier import BATCH, HIDDEN, PASSES, UPDATES, Classifier, train_on_arrays
from sparring.runs.files import read_npz, sha256, write_npz

LOG = logging.getLogger(__name__)

FILE = "judge.npz"

MOST_TRAINING = 20_000
"""Largest number of training data it is fitted to; all of a large set would not fit in memory."""


def run_classifier(folder: Path, data: Dataset, training: np.ndarray, digests: np.ndarray) -> Classifier:
    """Return a classifier of the labelled rows `training` of `data`, read from `folder` if cached there.

    Otherwise it is trained on at most 20,000 of them and cached. `training` are indices and `digests` the
    digests of all rows of `data`; a cached classifier of other data or settings is not used. Raises
    `BadInput` where fewer than two classes are labelled.
    """
    if data.y is None or len(np.unique(data.y[training][data.y[training] >= 0])) < 2:
        raise BadInput(
            f"--features classifier: {data.spec} has no labels of two classes; use random or inception"
        )
    index = training[data.y[training] >= 0]
    index = np.sort(np.random.default_rng(0).permutation(index)[:MOST_TRAINING])
    key = _key(digests[index], data.y[index])
    judge = _load(folder / FILE, key)
    if judge is None:
        LOG.info("training a classifier on %d data", len(index))
        judge = train_on_arrays(data.x[index], data.y[index])
        _save(folder / FILE, key, judge)
    return judge


def _key(marks: np.ndarray, y: np.ndarray) -> str:
    """Return the cache key: a hash of the data, labels, settings and library version."""
    settings = f"{HIDDEN} {BATCH} {UPDATES} {PASSES} {version('scikit-learn')}"
    return sha256(marks.tobytes() + y.tobytes() + settings.encode())


def _load(path: Path, key: str) -> Classifier | None:
    try:
        arrays = read_npz(path)
    except BadInput:  # absent or incomplete
        return None
    if str(arrays.get("key")) != key:
        return None
    layers = tuple((arrays[f"weight{i}"], arrays[f"bias{i}"]) for i in range(len(HIDDEN) + 1))
    return Classifier(tuple(arrays["shape"].tolist()), arrays["classes"], layers)


def _save(path: Path, key: str, judge: Classifier) -> None:
    arrays = {"key": np.array(key), "shape": np.array(judge.shape), "classes": judge.classes}
    for i, (weight, bias) in enumerate(judge.layers):
        arrays |= {f"weight{i}": weight, f"bias{i}": bias}
    try:
        write_npz(path, arrays)
    except BadInput as error:  # the cache is optional
        LOG.warning("%s", error)
