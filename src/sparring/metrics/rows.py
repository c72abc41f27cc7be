"""Samples as rows of numbers, and checks that all metrics share.

Values that are not finite are allowed: samples of a diverged net make a metric NaN, or count as outside all
modes and classes; they are no error of the caller.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHUNK = 2**22
"""Pairs of rows in memory at once; a number for each takes 32 MiB."""


def rows(x: ArrayLike, name: str) -> Floats:
    """Convert samples (n, ...) to float64 (n, d): (n,) becomes (n, 1), pictures are flattened.

    Raises `ValueError` if there is no sample, or if a sample is empty.
    """
    values = np.asarray(x, np.float64)
    if values.ndim == 0 or values.size == 0:
        raise ValueError(f"{name} must hold at least one sample (n, ...), not {values.shape}")
    return values.reshape(len(values), -1)


def matching_rows(a: ArrayLike, b: ArrayLike, names: tuple[str, str] = ("a", "b")) -> tuple[Floats, Floats]:
    """Return two samples as float64 rows (n, d) and (m, d), flattened as by `rows`.

    `names` are used in error messages.  Raises `ValueError` if shapes differ in another axis than the first,
    or if a sample is empty.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape[1:] != second.shape[1:]:
        raise ValueError(
            f"{names[0]} {first.shape} and {names[1]} {second.shape} must agree in all but the first axis"
        )
    return rows(first, names[0]), rows(second, names[1])


def chunks(n: int, partners: int) -> Iterator[slice]:
    """Yield slices of n rows, so many at a time that there are at most `CHUNK` pairs with `partners` rows."""
    step = max(1, CHUNK // partners)
    for start in range(0, n, step):
        yield slice(start, min(start + step, n))


def labels(y: ArrayLike, name: str, count: int | None = None) -> Ints:
    """Return labels, integers (n,), as int64.

    Raises `ValueError` for another type or shape, for no label at all, and for a number of labels other than
    `count` (None: any number).  `name` is the name of `y` in the message.
    """
    values = np.asarray(y)
    if values.ndim != 1 or values.size == 0 or values.dtype.kind not in "iub":
        raise ValueError(f"{name} must be whole numbers (n,), not {values.dtype} {values.shape}")
    if count is not None and len(values) != count:
        raise ValueError(f"{name} must hold {count} labels, not {len(values)}")
    return values.astype(np.int64)


def histogram(y: ArrayLike, classes: int, name: str) -> Ints:
    """Return how often each class occurs in labels `y` (n,), int64 (classes,).

    Raises `ValueError` for a label outside [0, classes); `name` is the name of `y` in the message.
    """
    values = labels(y, name)
    if values.min() < 0 or values.max() >= classes:
        raise ValueError(f"{name} must lie in [0, {classes}), not in [{values.min()}, {values.max()}]")
    return np.bincount(values, minlength=classes).astype(np.int64)
