"""A small classifier, trained on real data, to evaluate generated samples."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.distances import frechet, random_halves
from sparring.metrics.rows import Floats, Ints, labels

HIDDEN = (128, 64)
"""Units of the two hidden layers; the activations of the second are the features."""

BATCH, UPDATES, PASSES = 64, 1500, 8
"""Batch size, approximate number of updates, and least number of passes over the data."""


class Indexable(Protocol):
    """Data that can be indexed by an array of integers."""

    def __getitem__(self, index: np.ndarray) -> np.ndarray: ...


class LabelledData(Protocol):
    """Data with labels, such as a `Dataset`."""

    @property
    def x(self) -> Indexable: ...

    @property
    def y(self) -> np.ndarray | None: ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained classifier: two hidden ReLU layers and a softmax, with fixed weights.

    >>> x, y = np.array([[-1.0], [1.0]] * 100), np.array([0, 1] * 100)
    >>> train_on_arrays(x, y).accuracy(x, y)
    1.0
    """

    shape: tuple[int, ...]
    """Shape of one datum, (channels, height, width) for pictures."""
    classes: Ints
    """The labels it was trained on, ascending, (k,)."""
    layers: tuple[tuple[Floats, Floats], ...]
    """Weights (inputs, outputs) and biases (outputs,) of the three layers."""

    def features(self, x: ArrayLike) -> Floats:
        """Return the second hidden layer's activations, after the ReLU, float64 (n, 64).

        `x` has stored pictures, uint8 (n, height, width, channels), or floats (n, *shape).  Raises
        `ValueError` for data of another shape.
        """
        activations = _checked(self.shape, x).reshape(-1, int(np.prod(self.shape)))
        for weight, bias in self.layers[:-1]:
            activations = np.maximum(activations @ weight + bias, 0.0)
        return activations

    def probabilities(self, x: ArrayLike) -> Floats:
        """Return each class's probability, float64 (n, k), in the order of `classes`.

        `x` is as in `features`.
        """
        weight, bias = self.layers[-1]
        scores = self.features(x) @ weight + bias
        probabilities: Floats = np.exp(scores - scores.max(1, keepdims=True))
        probabilities /= probabilities.sum(1, keepdims=True)
        return probabilities

    def predict(self, x: ArrayLike) -> Ints:
        """Return the most probable label of each row of `x`, int64 (n,); -1 for a row that is not finite."""
        p = self.probabilities(x)
        predicted: Ints = np.where(np.isfinite(p).all(1), self.classes[p.argmax(1)], -1)
        return predicted

    def accuracy(self, x: ArrayLike, y: ArrayLike) -> float:
        """Return the share of rows of `x` whose predicted label is that in `y`, integers (n,); in [0, 1]."""
        predicted = self.predict(x)
        return float((predicted == labels(y, "y", len(predicted))).mean())


def train_classifier(train: LabelledData, seed: int = 0) -> Classifier:
    """Train a classifier on labelled data and return it.

    `train` has data `x`, as `pictures` takes them, and labels `y`, integers (n,); data with a negative label
    are omitted.  The same `seed` gives the same classifier.  Training on 1300 digits takes 1.5 seconds and
    gives an accuracy of 98 % on 500 others.  Raises `ValueError` for data without labels, or with fewer than
    two classes.
    """
    if train.y is None:
        raise ValueError("a classifier needs labels, and these data have none")
    y = labels(train.y, "y", len(train))
    known = np.flatnonzero(y >= 0)
    if len(np.unique(y[known])) < 2:
        raise ValueError("a classifier needs data of at least two classes")
    return _train(pictures(train.x[known]), y[known], seed)


def train_on_arrays(x: ArrayLike, y: ArrayLike, seed: int = 0) -> Classifier:
    """Train a classifier on arrays, as `train_classifier` does, and return it.

    `x` (n, ...) are pictures or points as `pictures` takes them, and `y` (n,) their labels, integers.

    >>> x, y = np.array([[-1.0], [1.0]] * 100), np.array([0, 1] * 100)
    >>> train_on_arrays(x, y).predict(x[:2])
    array([0, 1])
    """
    data = np.asarray(x)
    return train_classifier(_Pair(data, labels(y, "y", len(data))), seed)


def frechet_distance(classifier: Classifier, fakes: ArrayLike, reals: ArrayLike) -> float:
    """Return the squared Frechet distance between a classifier's features of `fakes` and of `reals`.

    `fakes` (n, ...) and `reals` (m, ...) are pictures as `pictures` takes them.  The value is
    `distances.frechet` of their features, (n, 64) and (m, 64).  Features are not scaled, so only values of
    the same classifier are comparable.
    """
    return frechet(classifier.features(fakes), classifier.features(reals))


def frechet_floor(classifier: Classifier, reals: ArrayLike, seed: int = 0) -> float:
    """Return `frechet_distance` between random halves of `reals`, averaged over 32 splits.

    It is the value that a perfect generator would reach with n/2 fakes and n/2 reals, nearly twice that with
    n and n.  A single split would vary by 30 %.  Raises `ValueError` for fewer than four reals.
    """
    x = classifier.features(reals)
    return float(np.mean([frechet(x[side > 0], x[side < 0]) for side in random_halves(len(x), seed).T]))


def stacked_labels(classifier: Classifier, x: ArrayLike) -> Ints:
    """Return the labels of stacked digits (n, c, h, w), one digit per channel, by a one-channel classifier.

    The classifier predicts the digit of each channel.  The label is the decimal number that these digits
    form, first channel first: 100 a + 10 b + c for three channels; int64 (n,), for `modes.class_coverage`.
    It is -1 for a picture that is not finite.  `x` may also be uint8 (n, h, w, c).  Raises `ValueError` if
    the pictures' size is not that of the classifier's data, or if the classifier has more than one channel.
    """
    data = pictures(x)
    if data.ndim != 4 or data.shape[2:] != classifier.shape[1:] or classifier.shape[0] != 1:
        raise ValueError(f"a classifier of {classifier.shape} cannot classify the channels of {data.shape}")
    digits = np.stack([classifier.predict(data[:, [channel]]) for channel in range(data.shape[1])], 1)
    number: Ints = digits @ 10 ** np.arange(digits.shape[1])[::-1]
    return np.where((digits < 0).any(1), -1, number)


def pictures(x: ArrayLike) -> Floats:
    """Convert data to the nets' shape and range, float64 (n, *shape).

    Stored pictures, uint8 (n, height, width, channels), become (n, channels, height, width) in [-1, 1];
    floats, pictures in that shape and range or points (n, d), are unchanged.  Raises `ValueError` for
    anything else.
    """
    data = np.asarray(x)
    if data.ndim < 2 or data.size == 0:
        raise ValueError(f"pictures (n, ...) are needed, at least one, not {data.shape}")
    if data.dtype == np.uint8:
        if data.ndim != 4:
            raise ValueError(f"uint8 pictures are (n, height, width, channels), not {data.shape}")
        return data.transpose(0, 3, 1, 2) / 127.5 - 1
    if data.dtype.kind != "f":
        raise ValueError(f"pictures are uint8 or floats, not {data.dtype}")
    return data.astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Pair:
    x: np.ndarray
    y: np.ndarray | None

    def __len__(self) -> int:
        return len(self.x)


def _checked(shape: tuple[int, ...], x: ArrayLike) -> Floats:
    data = pictures(x)
    if data.shape[1:] != shape:
        raise ValueError(f"this classifier was trained on data of shape {shape}, not {data.shape[1:]}")
    return data


def _train(x: Floats, y: Ints, seed: int) -> Classifier:
    from sklearn.exceptions import ConvergenceWarning  # here, for it takes long to import
    from sklearn.neural_network import MLPClassifier

    batch = min(BATCH, len(x))
    passes = max(PASSES, -(-UPDATES * batch // len(x)))
    net = MLPClassifier(
        HIDDEN, batch_size=batch, max_iter=passes, n_iter_no_change=passes, random_state=seed
    )  # n_iter_no_change = max_iter: no early stopping, a fixed budget
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(x.reshape(len(x), -1), y)
    layers = list(zip(net.coefs_, net.intercepts_, strict=True))
    if len(net.classes_) == 2:  # one logit v: as a softmax, (0, v)
        weight, bias = layers[-1]
        layers[-1] = (np.hstack([np.zeros_like(weight), weight]), np.concatenate([[0.0], bias]))
    return Classifier(x.shape[1:], net.classes_.astype(np.int64), tuple(layers))
