"""Samples as rows of numbers, checked once for every metric.

What is not finite is let through: a sample that diverged makes a metric NaN, or counts as lost, and is not
an error of the caller's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def rows(x: ArrayLike, name: str) -> Floats:
    """Samples (n, ...) as float64 (n, d): one number a sample becomes d = 1, pictures are laid flat.

    `ValueError` where there is no sample, or nothing in one.
    """
    found = np.asarray(x, np.float64)
    if found.ndim == 0 or found.size == 0:
        raise ValueError(f"{name} must hold at least one sample (n, ...), not {found.shape}")
    return found.reshape(len(found), -1)


def alike(a: ArrayLike, b: ArrayLike, names: tuple[str, str] = ("a", "b")) -> tuple[Floats, Floats]:
    """Two samples as rows of equal length; `ValueError` where the shapes of one datum differ."""
    one, other = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if one.shape[1:] != other.shape[1:]:
        raise ValueError(
            f"{names[0]} {one.shape} and {names[1]} {other.shape} must agree in all but the first axis"
        )
    return rows(one, names[0]), rows(other, names[1])


def labels(y: ArrayLike, name: str, count: int | None = None) -> Ints:
    """Whole numbers (n,) as int64, at least one; `ValueError` otherwise, or where there are not `count`."""
    found = np.asarray(y)
    if found.ndim != 1 or found.size == 0 or found.dtype.kind not in "iub":
        raise ValueError(f"{name} must be whole numbers (n,), not {found.dtype} {found.shape}")
    if count is not None and len(found) != count:
        raise ValueError(f"{name} must hold {count} labels, not {len(found)}")
    return found.astype(np.int64)


def histogram(y: ArrayLike, classes: int, name: str) -> Ints:
    """How often each of `classes` classes occurs, (classes,); `ValueError` for a label that names none."""
    found = labels(y, name)
    if found.min() < 0 or found.max() >= classes:
        raise ValueError(f"{name} must lie in [0, {classes}), not in [{found.min()}, {found.max()}]")
    return np.bincount(found, minlength=classes).astype(np.int64)
