"""A set of data: pictures or points, in memory or decoded as they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Store(Protocol):
    """The data of a set, read by index; a NumPy array is one."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Dataset:
    """Pictures, uint8 (n, height, width, channels), or points, float32 (n, dimensions)."""

    x: Store
    shape: tuple[int, ...]
    """Shape of one datum as nets see it: (channels, height, width) or (dimensions,)."""
    spec: str
    """What the user asked for."""
    y: np.ndarray | None = None
    """Labels, int64 (n,), each in [0, len(classes))."""
    classes: Sequence[str] = ()
    notes: tuple[str, ...] = ()
    """What a person should know: files left out, pictures resized."""
    names: Sequence[str] = ()
    """What a person knows each datum by, where it has a name: files relative to their folder."""

    def __len__(self) -> int:
        return len(self.x)

    @property
    def pictures(self) -> bool:
        """Whether the data are pictures (and not points)."""
        return len(self.shape) == 3
