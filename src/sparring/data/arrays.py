"""Checks and conversions of user arrays to data sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sparring.core.errors import BadInput

VOCABULARY = 2**16
"""Upper limit of the vocabulary size; nets hold weights for every token."""

SLACK = 1e-3
"""Tolerance for floats that rounding moved outside their range."""


@dataclass(frozen=True)
class Arrays:
    """Data before cropping and resizing: uint8 pictures (n, height, width, channels), float32 points
    (n, dimensions) or sequences of tokens, int64 (n, length)."""

    x: np.ndarray
    y: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tokens: int = 0
    """Size of the vocabulary of sequences; 0: pictures or points."""
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    """The user's further arrays by role, one row for each datum."""


def arrays(x: np.ndarray, name: str, y: np.ndarray | None = None, y_name: str = "") -> Arrays:
    """Return a user's array and its labels, checked and converted to the stored types.

    Pictures are uint8, or floats in [0, 1], [-1, 1] or [0, 255], of shape (n, height, width) or (n, height,
    width, 1 to 4); points are floats (n, dimensions); integers (n, length) are sequences of tokens, whose
    vocabulary size is the largest token + 1, at most 65536.  The range of floats is the first of the three
    that contains them all, and they are rounded to 0 to 255.  `y` are labels as `encode_labels` takes them.
    `name` and `y_name` stand in messages.  Raises `BadInput` for anything else, such as an empty array, NaN
    or infinite values.
    """
    if x.size == 0:
        raise BadInput(f"{name} is empty: its shape is {x.shape}")
    if x.dtype.kind not in ("iuf" if x.ndim == 2 else "f") and x.dtype != np.uint8:
        raise BadInput(
            f"{name} holds {x.dtype}; pictures are uint8 or floats, points floats, tokens integers"
        )
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        raise BadInput(f"{name} holds {int((~np.isfinite(x)).sum())} values that are NaN or infinite")
    labels, classes = (None, ()) if y is None else encode_labels(y, len(x), y_name)
    if x.ndim == 2 and x.dtype.kind != "f":
        return Arrays(_sequences(x, name), labels, classes, tokens=int(x.max()) + 1)
    if x.ndim == 2:
        return Arrays(_points(x, name), labels, classes)
    values, notes = _eight_bit(_channels_last(x, name), name)
    return Arrays(values, labels, classes, notes)


def _points(x: np.ndarray, name: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        narrow = x.astype(np.float32)
    if not np.isfinite(narrow).all():
        raise BadInput(f"{name} holds values too large for float32")
    return narrow


def _sequences(x: np.ndarray, name: str) -> np.ndarray:
    low, high = int(x.min()), int(x.max())
    if low < 0 or high >= VOCABULARY:
        raise BadInput(f"{name} holds tokens {low} to {high}; they must lie in 0 to {VOCABULARY - 1}")
    return x.astype(np.int64)


def _channels_last(x: np.ndarray, name: str) -> np.ndarray:
    if x.ndim == 3:
        return x[..., None]
    if x.ndim == 4 and 1 <= x.shape[3] <= 4:
        return x
    first = x.ndim == 4 and 1 <= x.shape[1] <= 4
    hint = "x.transpose(0, 2, 3, 1), channels last" if first else "(n, h, w) or (n, h, w, 1 to 4)"
    raise BadInput(f"{name} has shape {x.shape}, which is neither pictures nor points; give {hint}")


def _eight_bit(x: np.ndarray, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    if x.dtype == np.uint8:
        return x, ()
    low, high = float(x.min()), float(x.max())
    if low >= -SLACK and high <= 1 + SLACK:
        interval, shift, factor = "[0, 1]", 0.0, 255.0
    elif low >= -1 - SLACK and high <= 1 + SLACK:
        interval, shift, factor = "[-1, 1]", 1.0, 127.5
    elif low >= -SLACK and high <= 255 + SLACK:
        interval, shift, factor = "[0, 255]", 0.0, 1.0
    else:
        raise BadInput(
            f"{name} lies in [{low:.4g}, {high:.4g}]; pictures of floats lie in [0, 1], [-1, 1] or [0, 255]"
        )
    eight = np.empty(x.shape, np.uint8)
    for start in range(0, len(x), 1024):  # a full float64 copy would take eight times the result's memory
        part = (x[start : start + 1024].astype(np.float64) + shift) * factor
        eight[start : start + 1024] = np.rint(part).clip(0, 255)
    return eight, (f"floats were read as {interval} and rounded to 256 steps",)


def encode_labels(values: np.ndarray, count: int, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return labels, int64 (count,), and the classes they index: the distinct values, sorted, as text.

    `values` (count,) or (count, 1) are whole numbers, booleans or text; label i is the place of values[i]
    among the classes.  `name` stands in messages.  Raises `BadInput` if there is not one label for each of
    the `count` data, or a label is neither a whole number nor text.
    """
    if values.shape not in ((count,), (count, 1)):
        raise BadInput(f"labels {name} have shape {values.shape}, but there are {count} data: ({count},)")
    values = values.reshape(count)
    if values.dtype.kind == "f":
        if not np.isfinite(values).all() or (values != np.rint(values)).any():
            raise BadInput(f"labels {name} are not all whole numbers; give integers or text")
        values = values.astype(np.int64)
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind not in "biuU":
        raise BadInput(f"labels {name} hold {values.dtype}; give integers or text")
    distinct, y = np.unique(values, return_inverse=True)
    return y.astype(np.int64), tuple(str(value) for value in distinct)
