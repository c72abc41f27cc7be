"""The data that claims are checked on, parted into what is trained on and what is kept for the test."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays, arrays_data
from sparring.data.dataset import Dataset
from sparring.data.framing import Frame
from sparring.data.npz import npz_arrays
from sparring.data.scenes import SHAPES, Spec, scenes
from sparring.data.toys import digits

FOLDER = "SPARRING_DATA"
"""Environment variable that names the folder of data too large to be part of the package."""

TRAINED = 1297
"""Digits that are trained on; the other 500 are the test."""


@dataclass(frozen=True)
class Split:
    """Two sets that share no datum."""

    train: Dataset
    test: Dataset


def digits8() -> Split:
    """Scikit-learn's digits, 8x8 grey: 1297 to train on, 500 for the test, parted once for ever."""
    found = digits()
    return _parted(found, np.random.default_rng(8).permutation(len(found.x)), TRAINED, "digits8")


def img28(folder: Path | None = None) -> Split:
    """28x28 grey: Fashion-MNIST, 10 000 and 2000, from `folder`/fashion_mnist.npz.

    `folder` is by default what the environment variable SPARRING_DATA names.  Without either, digits enlarged
    by bicubic interpolation stand in, and the sets' notes say so.  `BadInput` if the folder has no such file.
    """
    named = os.environ.get(FOLDER)
    folder = folder or (Path(named) if named else None)
    if folder is None:
        small, note = digits8(), "no folder of data: digits enlarged from 8x8 to 28x28 stand in"
        return Split(*(_enlarged(part, note) for part in (small.train, small.test)))
    path = folder / "fashion_mnist.npz"
    if not path.is_file():
        raise BadInput(f"there is no file {str(path)!r}; unset {FOLDER} to use enlarged digits")
    return Split(*(_plain(npz_arrays(path, f"{part}_x", f"{part}_y"), "img28") for part in ("train", "test")))


def stack3(seed: int, count: int = 20_000) -> Split:
    """Three digits as the channels of one picture, 8x8 RGB; the label is the number that they spell.

    1000 classes.  `count` pictures to train on, of the training digits, and a quarter as many for the test,
    of the test digits.  Metz et al. 2016, arXiv:1611.02163, section 3.3.1, with smaller digits.
    """
    both = digits8()
    return Split(_stacked(both.train, count, seed), _stacked(both.test, count // 4, seed + 1))


def shapes(count: int = 4000, size: int = 32, *, seed: int = 0, spec: Spec | None = None) -> Split:
    """Drawn scenes, RGB, labelled by the kind of their frontmost shape; a fifth of `count` is the test."""
    found = scenes(count, seed, (size, size), spec or Spec())
    drawn = Arrays(found.x, found.shape[:, -1], tuple(SHAPES))
    return _parted(drawn, np.arange(count), count - count // 5, "shapes")


def negative_pairs() -> Split:
    """Digits and digits in negative, two classes without pairs.

    Trained on: one half of the training digits as they are, the other half in negative.  The test holds all
    test digits as they are and then, in the same order, in negative, so that pair i is (x[i], x[500 + i]).
    """
    both = digits8()
    x, test = np.asarray(both.train.x), np.asarray(both.test.x)
    half = len(x) // 2
    return Split(
        _two_classes(x[:half], 255 - x[half : 2 * half], "digits and negatives, unpaired"),
        _two_classes(test, 255 - test, "digits and negatives, paired"),
    )


def labelled(dataset: Dataset, count: int, seed: int) -> Dataset:
    """The same data with `count` labels kept, equally many of each class, and -1 in place of the others.

    `BadInput` if `count` does not divide among the classes or a class has too few.
    """
    classes = len(dataset.classes)
    if dataset.y is None or count < 1 or classes == 0 or count % classes:
        raise BadInput(f"{count} labels do not part equally among the {classes} classes of {dataset.spec!r}")
    draw, y = np.random.default_rng(seed), np.full(len(dataset), -1, np.int64)
    for label in range(classes):
        mine = np.flatnonzero(dataset.y == label)
        if len(mine) < count // classes:
            raise BadInput(f"class {dataset.classes[label]!r} of {dataset.spec!r} has only {len(mine)} data")
        y[draw.choice(mine, count // classes, replace=False)] = label
    return replace(dataset, y=y)


def _plain(found: Arrays, spec: str) -> Dataset:
    return arrays_data(found, Frame(), spec)


def _parted(found: Arrays, order: np.ndarray, first: int, spec: str) -> Split:
    assert found.y is not None
    parts = (Arrays(found.x[i], found.y[i], found.classes) for i in (order[:first], order[first:]))
    return Split(*(_plain(part, spec) for part in parts))


def _enlarged(small: Dataset, note: str) -> Dataset:
    found = Arrays(np.asarray(small.x), small.y, tuple(small.classes), (note,))
    return arrays_data(found, Frame((28, 28)), "img28")


def _stacked(small: Dataset, count: int, seed: int) -> Dataset:
    assert small.y is not None
    which = np.random.default_rng(seed).integers(len(small), size=(count, 3))
    x = np.asarray(small.x)[which, ..., 0].transpose(0, 2, 3, 1)
    y = small.y[which] @ np.array([100, 10, 1])
    return _plain(Arrays(np.ascontiguousarray(x), y, tuple(f"{n:03}" for n in range(1000))), "stack3")


def _two_classes(first: np.ndarray, second: np.ndarray, spec: str) -> Dataset:
    y = np.repeat(np.arange(2), [len(first), len(second)])
    return _plain(Arrays(np.concatenate([first, second]), y, ("digit", "negative")), spec)
