"""A set of data: pictures, points or sequences, in memory or decoded as they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sparring.core.errors import BadInput


class Store(Protocol):
    """The data of a set, read by index; a NumPy array is one."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: np.ndarray | slice) -> np.ndarray: ...


@dataclass(frozen=True)
class Dataset:
    """Pictures, uint8 (n, height, width, channels), points, float32 (n, dimensions), or sequences of tokens,
    int64 (n, length)."""

    x: Store
    shape: tuple[int, ...]
    """Shape of one datum as nets see it: (channels, height, width), (dimensions,) or (length,)."""
    spec: str
    """What the user asked for."""
    y: np.ndarray | None = None
    """Labels, int64 (n,), each in [0, len(classes)), or -1 where a datum has none."""
    classes: Sequence[str] = ()
    notes: tuple[str, ...] = ()
    """What a person should know: files left out, pictures resized."""
    names: Sequence[str] = ()
    """What a person knows each datum by, where it has a name: files relative to their folder."""
    tokens: int = 0
    """Size of the vocabulary where the data are sequences, whose tokens lie in [0, tokens); 0 elsewhere."""

    def __len__(self) -> int:
        return len(self.x)

    @property
    def labels(self) -> np.ndarray:
        """The labels `y`; `BadInput` where the data have none."""
        if self.y is None:
            raise BadInput(f"the data {self.spec!r} have no labels")
        return self.y

    @property
    def pictures(self) -> bool:
        """Whether the data are pictures (and not points or sequences)."""
        return len(self.shape) == 3
