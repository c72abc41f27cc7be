"""A sample of pictures as metrics see it: its readings, a few of the pictures, and what they are near to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sparring.data.dataset import Dataset
from sparring.metrics.features import Features
from sparring.metrics.memorisation import nearest, shrunk
from sparring.metrics.rows import Floats, Ints

KEPT = 1000
"""Pictures that are kept whole, the first ones, for pairs and for the figure."""

AT_ONCE, LESSON = 256, 4096
"""Pictures read, and training pictures searched, at once."""

BESIDE = 5
"""Nearest training pictures that are looked for."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows that stand for pictures, in order."""

    features: Floats
    probabilities: Floats | None
    pictures: np.ndarray
    """The first 1000 at most, uint8 (k, h, w, c)."""
    apart: Floats
    """Distances to the five nearest training pictures, ascending, (n, 5); see `memorisation.shrunk`."""
    near: Ints
    """Which these are, by their place among the training pictures, (n, 5)."""

    def __len__(self) -> int:
        return len(self.features)

    def part(self, index: np.ndarray) -> Sample:
        """Some of its pictures."""
        odds = None if self.probabilities is None else self.probabilities[index]
        whole = self.pictures[index[index < len(self.pictures)]]
        return Sample(self.features[index], odds, whole, self.apart[index], self.near[index])


def sampled(
    parts: Iterable[np.ndarray], features: Features, lessons: Callable[[], Iterable[np.ndarray]]
) -> Sample:
    """The sample of pictures that come in parts, uint8 (n, h, w, c), beside training pictures in parts.

    No more is held of all pictures than their features and 32x32 pixels.
    """
    read, odds, whole, small, held = [], [], [], [], 0
    for part in parts:
        found, probable = features.read(part)
        read.append(found)
        odds.append(probable)
        small.append(shrunk(part))
        whole.append(part[: max(0, KEPT - held)])
        held += len(part)
    apart, near = nearest(np.concatenate(small), map(shrunk, lessons()), BESIDE)
    known = [probable for probable in odds if probable is not None]
    probabilities = np.concatenate(known) if known else None
    return Sample(np.concatenate(read), probabilities, np.concatenate(whole), apart, near)


def parts(data: Dataset, index: np.ndarray, at_once: int = AT_ONCE) -> Iterator[np.ndarray]:
    """Data at `index`, so many at a time."""
    return (data.x[index[i : i + at_once]] for i in range(0, len(index), at_once))
