"""A set of pictures as metrics need it: features, some of the pictures, and their training neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sparring.data.dataset import Dataset
from sparring.metrics.features import Features
from sparring.metrics.memorisation import nearest, shrunk
from sparring.metrics.rows import Floats, Ints

WHOLE_PICTURES = 1000
"""Number of pictures stored whole, the first ones, for pairs and for the figure."""

AT_ONCE, SEARCH_BATCH = 256, 4096
"""Batch sizes: of pictures read, and of training pictures searched."""

NEIGHBOURS = 5
"""Number of nearest training pictures to find."""


@dataclass(frozen=True, eq=False)
class PictureSample:
    """Features and neighbours of a set of pictures, in their order."""

    features: Floats
    probabilities: Floats | None
    pictures: np.ndarray
    """The first 1000 at most, uint8 (k, h, w, c)."""
    distances: Floats
    """Distances to the five nearest training pictures, ascending, (n, 5); see `memorisation.shrunk`."""
    near: Ints
    """Indices of these among the training pictures, (n, 5)."""

    def __len__(self) -> int:
        return len(self.features)

    def part(self, index: np.ndarray) -> PictureSample:
        """Return the sample of the rows at `index`; of `pictures` it has those rows that are stored whole."""
        odds = None if self.probabilities is None else self.probabilities[index]
        whole = self.pictures[index[index < len(self.pictures)]]
        return PictureSample(self.features[index], odds, whole, self.distances[index], self.near[index])


def picture_sample(
    parts: Iterable[np.ndarray], features: Features, training: Callable[[], Iterable[np.ndarray]]
) -> PictureSample:
    """Return the features and training neighbours of pictures that come in batches, uint8 (n, h, w, c).

    `training` returns an iterable of the training pictures, in batches of the same kind. Only features and
    32x32 pixels of all pictures stay in memory, and the first 1000 pictures whole.
    """
    read, odds, whole, small, count = [], [], [], [], 0
    for part in parts:
        values, probable = features.read(part)
        read.append(values)
        odds.append(probable)
        small.append(shrunk(part))
        whole.append(part[: max(0, WHOLE_PICTURES - count)])
        count += len(part)
    apart, near = nearest(np.concatenate(small), map(shrunk, training()), NEIGHBOURS)
    predicted = [probable for probable in odds if probable is not None]
    probabilities = np.concatenate(predicted) if predicted else None
    return PictureSample(np.concatenate(read), probabilities, np.concatenate(whole), apart, near)


def batches(data: Dataset, index: np.ndarray, at_once: int = AT_ONCE) -> Iterator[np.ndarray]:
    """Return an iterator over the rows `index` of `data.x`, in order, in arrays of at most `at_once`."""
    return (data.x[index[i : i + at_once]] for i in range(0, len(index), at_once))
