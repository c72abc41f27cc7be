"""A data set of pictures, points or sequences, in memory or decoded lazily."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.kinds import Image, Kind, kind_of


class Store(Protocol):
    """Data that can be indexed by an integer array, such as a NumPy array."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: np.ndarray | slice) -> np.ndarray: ...


@dataclass(frozen=True)
class Column:
    """A further field of a data set: row i belongs to datum i."""

    kind: Kind
    values: Store
    """The stored values, (n, ...), as `kind` says."""


@dataclass(frozen=True)
class Dataset:
    """Pictures, uint8 (n, height, width, channels), points, float32 (n, dimensions), or sequences of tokens,
    int64 (n, length)."""

    x: Store
    shape: tuple[int, ...]
    """Shape of one datum as nets see it: (channels, height, width), (dimensions,) or (length,)."""
    spec: str
    """The user's data argument."""
    y: np.ndarray | None = None
    """Labels, int64 (n,), each in [0, len(classes)), or -1 for a datum without label."""
    classes: Sequence[str] = ()
    notes: tuple[str, ...] = ()
    """Notes for the user: files skipped, pictures resized."""
    names: Sequence[str] = ()
    """Name of each datum, if it has one: file path relative to the folder."""
    tokens: int = 0
    """Size of the vocabulary of sequences, whose tokens lie in [0, tokens); 0 for other data."""
    columns: Mapping[str, Column] = field(default_factory=dict)
    """The further fields of each datum, by name."""

    def __len__(self) -> int:
        return len(self.x)

    @property
    def labels(self) -> np.ndarray:
        """The labels `y`; raises `BadInput` if the data have none."""
        if self.y is None:
            raise BadInput(f"the data {self.spec!r} have no labels")
        return self.y

    @property
    def kind(self) -> Kind:
        """The kind of x."""
        return kind_of(self.shape, self.tokens)

    @property
    def pictures(self) -> bool:
        """Whether the data are pictures (not points or sequences)."""
        return isinstance(self.kind, Image)
