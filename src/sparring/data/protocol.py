"""The data sets on which claims are checked, split into a training and a test part."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays
from sparring.data.dataset import Dataset
from sparring.data.framing import Frame
from sparring.data.from_arrays import arrays_data
from sparring.data.npz import npz_arrays
from sparring.data.scenes import SHAPES, SceneSpec, scenes
from sparring.data.toys import digits

FOLDER = "SPARRING_DATA"
"""Environment variable with the folder of data sets that are too large for the package."""

TRAINING_DIGITS = 1297
"""Number of digits in the training part; the other 500 are the test part."""


@dataclass(frozen=True)
class Split:
    """Two disjoint data sets."""

    train: Dataset
    test: Dataset


def digits8() -> Split:
    """Return scikit-learn's labelled digits, 8x8 grey, 0 to 255, 1297 to train and 500 to test."""
    data = digits()
    return _split_at(data, np.random.default_rng(8).permutation(len(data.x)), TRAINING_DIGITS, "digits8")


def img28(folder: Path | None = None) -> Split:
    """Return Fashion-MNIST, 28x28 grey, 10 000 and 2000, from `folder`/fashion_mnist.npz.

    The default `folder` is the environment variable SPARRING_DATA.  Without either, digits enlarged by
    bicubic interpolation are used instead, as the sets' notes say.  Raises `BadInput` if the file is missing.
    """
    variable = os.environ.get(FOLDER)
    folder = folder or (Path(variable) if variable else None)
    if folder is None:
        small, note = digits8(), "no folder of data: using digits enlarged from 8x8 to 28x28 instead"
        return Split(*(_enlarged(part, note) for part in (small.train, small.test)))
    path = folder / "fashion_mnist.npz"
    if not path.is_file():
        raise BadInput(f"there is no file {str(path)!r}; unset {FOLDER} to use enlarged digits")
    return Split(*(_plain(npz_arrays(path, f"{part}_x", f"{part}_y"), "img28") for part in ("train", "test")))


def stack3(seed: int, count: int = 20_000) -> Split:
    """Return stacked digits: three digits as the channels of an 8x8 RGB picture, labelled by their number.

    There are 1000 classes, "000" to "999", with the first channel's digit first.  `count` pictures of the
    training digits for training, and a quarter as many of the test digits for the test.  Metz et al. 2016,
    arXiv:1611.02163, section 3.3.1, with smaller digits.
    """
    both = digits8()
    return Split(_stacked(both.train, count, seed), _stacked(both.test, count // 4, seed + 1))


def shapes(count: int = 4000, size: int = 32, *, seed: int = 0, spec: SceneSpec | None = None) -> Split:
    """Return `count` rendered scenes, RGB, labelled by the kind of the last, nearest shape.

    The last fifth is the test part.  Pictures are `size` pixels high and wide; `spec` (None: `SceneSpec()`)
    is the distribution of the scenes.
    """
    data = scenes(count, seed, (size, size), spec or SceneSpec())
    arrays = Arrays(data.x, data.shape[:, -1], tuple(SHAPES))
    return _split_at(arrays, np.arange(count), count - count // 5, "shapes")


def negative_pairs() -> Split:
    """Return digits and inverted digits (255 - pixel), in two classes, "digit" and "negative".

    Training part, unpaired: half of the training digits unchanged, the other half inverted.  Test part: all
    test digits unchanged, then inverted in the same order, so that pair i is (x[i], x[500 + i]).
    """
    both = digits8()
    x, test = np.asarray(both.train.x), np.asarray(both.test.x)
    half = len(x) // 2
    return Split(
        _two_classes(x[:half], 255 - x[half : 2 * half], "digits and negatives, unpaired"),
        _two_classes(test, 255 - test, "digits and negatives, paired"),
    )


def keep_labels(dataset: Dataset, count: int, seed: int) -> Dataset:
    """Return the data with only `count` labels, equally many of each class, and -1 for all others.

    The data that keep their labels are drawn at random, always the same for a `seed`.
    Raises `BadInput` if `count` is not a multiple of the number of classes or a class has too few data.
    """
    classes = len(dataset.classes)
    if dataset.y is None or count < 1 or classes == 0 or count % classes:
        raise BadInput(f"{count} labels cannot be split equally among {classes} classes of {dataset.spec!r}")
    draw, y = np.random.default_rng(seed), np.full(len(dataset), -1, np.int64)
    for label in range(classes):
        rows = np.flatnonzero(dataset.y == label)
        if len(rows) < count // classes:
            raise BadInput(f"class {dataset.classes[label]!r} of {dataset.spec!r} has only {len(rows)} data")
        y[draw.choice(rows, count // classes, replace=False)] = label
    return replace(dataset, y=y)


def _plain(data: Arrays, spec: str) -> Dataset:
    return arrays_data(data, Frame(), spec)


def _split_at(data: Arrays, order: np.ndarray, first: int, spec: str) -> Split:
    assert data.y is not None
    parts = (Arrays(data.x[i], data.y[i], data.classes) for i in (order[:first], order[first:]))
    return Split(*(_plain(part, spec) for part in parts))


def _enlarged(small: Dataset, note: str) -> Dataset:
    data = Arrays(np.asarray(small.x), small.y, tuple(small.classes), (note,))
    return arrays_data(data, Frame((28, 28)), "img28")


def _stacked(small: Dataset, count: int, seed: int) -> Dataset:
    assert small.y is not None
    indices = np.random.default_rng(seed).integers(len(small), size=(count, 3))
    x = np.asarray(small.x)[indices, ..., 0].transpose(0, 2, 3, 1)
    y = small.y[indices] @ np.array([100, 10, 1])
    return _plain(Arrays(np.ascontiguousarray(x), y, tuple(f"{n:03}" for n in range(1000))), "stack3")


def _two_classes(first: np.ndarray, second: np.ndarray, spec: str) -> Dataset:
    y = np.repeat(np.arange(2), [len(first), len(second)])
    return _plain(Arrays(np.concatenate([first, second]), y, ("digit", "negative")), spec)
