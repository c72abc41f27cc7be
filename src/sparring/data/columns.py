"""Columns of a data set from a user's arrays: the kind of each by its type and axes, in the frame of x."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.kinds import Image, Kind, Label, LabelMap, Tokens, Vector
from sparring.data.arrays import arrays, encode_labels
from sparring.data.dataset import Column
from sparring.data.framing import Frame, framed_array, framed_map

MAP_CLASSES = 64
"""Whole numbers (n, height, width) that are all below this are a label map; others are grey pictures."""


def columns_of(
    values: Mapping[str, np.ndarray], count: int, sides: tuple[int, ...], to: Frame, source: str
) -> tuple[dict[str, Column], tuple[str, ...]]:
    """Return the columns of a data set of `count` data, by role, and notes for the user.

    `values` are arrays (count, ...) by role: floats or uint8 (n, h, w, c) are pictures; whole numbers (n, h,
    w) label maps if all are below 64, else, if uint8, pictures; floats (n, d) points, (n,) points of one
    number; whole numbers (n, length) tokens, (n,) labels, as is text.  Pictures and maps of the size of x,
    `sides` (height, width), are cropped and resized to the frame `to` as x is.  `source` stands in messages.
    Raises `BadInput` for another number of rows, an array that is none of these, and pictures of another size
    than x if `to` has a size.
    """
    columns: dict[str, Column] = {}
    notes: list[str] = []
    for role, array in values.items():
        name = f"{source}, column {role!r}"
        if array.ndim == 0 or len(array) != count:
            rows = len(array) if array.ndim else "no"
            raise BadInput(f"{name}: has {rows} rows, but there are {count} data; give one for each")
        kind, stored, note = _stored(array, name)
        if isinstance(kind, Image | LabelMap):
            kind, stored = _framed(kind, stored, sides, to, name)
        columns[role] = Column(kind, stored)
        notes += [note] if note else []
    return columns, tuple(notes)


def _stored(array: np.ndarray, name: str) -> tuple[Kind, np.ndarray, str]:
    """Return an array's kind, its values as that kind stores them, and a note or ""."""
    whole = array.dtype.kind in "iub"
    if array.ndim == 1 and array.dtype.kind == "f":
        return Vector(1), arrays(array[:, None], name).x, ""
    if array.ndim == 1:
        labels, classes = encode_labels(array, len(array), name)
        return Label(len(classes)), labels, ""
    if array.ndim == 3 and whole and array.size and 0 <= int(array.min()) <= int(array.max()) < MAP_CLASSES:
        classes_there = int(array.max()) + 1
        note = f"{name}: read as a label map of {classes_there} classes, since no value is above 63"
        return LabelMap(classes_there, *array.shape[1:]), array.astype(np.uint8), note
    checked = arrays(array, name)
    if checked.tokens:
        return Tokens(checked.tokens, checked.x.shape[1]), checked.x, ""
    if checked.x.ndim == 2:
        return Vector(checked.x.shape[1]), checked.x, ""
    height, width, channels = checked.x.shape[1:]
    return Image(channels, height, width), checked.x, ""


def _framed(
    kind: Image | LabelMap, stored: np.ndarray, sides: tuple[int, ...], to: Frame, name: str
) -> tuple[Kind, np.ndarray]:
    own = kind.height, kind.width
    if to.size is None or own == to.size == sides:
        return kind, stored
    if own != sides:
        raise BadInput(
            f"{name}: is {own[0]}x{own[1]}, x is {'x'.join(map(str, sides))}; give one size, or no --size"
        )
    if isinstance(kind, LabelMap):
        return LabelMap(kind.classes, *to.size), framed_map(stored, to)
    plain = Frame(to.size, to.cut)
    return Image(kind.channels, *to.size), framed_array(stored, plain)
