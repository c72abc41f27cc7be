"""Group the missing pixels of a picture into holes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Box = tuple[slice, slice]
"""Rows and columns of a picture."""


@dataclass(frozen=True)
class Hole:
    """A group of missing pixels that is solved together."""

    box: Box
    """Bounding box."""
    mask: np.ndarray
    """Missing pixels within the box, bool; a view where possible."""


def holes(missing: np.ndarray, near: int) -> list[Hole]:
    """Return the holes in `missing`, bool (H, W), from top to bottom.

    Every missing pixel is in exactly one hole, and without missing pixels the list is empty.  The bounding
    box of all missing pixels is divided into squares of `near` x `near` pixels; squares that touch, also at a
    corner, are joined if both contain a missing pixel.  So, with the larger of row and column difference as
    distance, pixels less than `near` apart are in the same hole, and a pixel 2 * `near` or more from all
    others of a hole is not in it.
    """
    from scipy.ndimage import find_objects, label

    whole = (slice(0, missing.shape[0]), slice(0, missing.shape[1]))
    everything = _trimmed(whole, missing)
    if everything is None:
        return []
    if max(everything.mask.shape) <= 2 * near:
        return [everything]
    squares = _squares(everything.mask, near)
    labels, count = label(squares, np.ones((3, 3), bool))
    if count == 1:
        return [everything]
    parts = []
    for number, (rows, columns) in enumerate(find_objects(labels), 1):
        part = (slice(rows.start * near, rows.stop * near), slice(columns.start * near, columns.stop * near))
        own = (labels[rows, columns] == number).repeat(near, 0).repeat(near, 1)
        mask = everything.mask[part]
        mask = mask & own[: mask.shape[0], : mask.shape[1]]
        parts.append(_trimmed(_moved(part, everything.box), mask))
    return [hole for hole in parts if hole is not None]


def quarters(hole: Hole) -> list[Hole]:
    """Return up to four holes: `hole`, cut at the middle row and column of its box, without empty parts.

    The boxes are cut to the parts' bounding boxes.  A side of one pixel is not cut.
    """
    height, width = hole.mask.shape
    cuts = [(slice(0, side // 2), slice(side // 2, side)) for side in (height, width)]
    parts = [(rows, columns) for rows in cuts[0] for columns in cuts[1]]
    pieces = [_trimmed(_moved(part, hole.box), hole.mask[part]) for part in parts]
    return [part for part in pieces if part is not None]


def widened(box: Box, by: int, shape: tuple[int, ...]) -> Box:
    """Return the box widened by `by` pixels on each of the four sides, cut to a picture of `shape` (H, W)."""
    rows, columns = (
        slice(max(part.start - by, 0), min(part.stop + by, side))
        for part, side in zip(box, shape, strict=False)
    )
    return rows, columns


def within(box: Box, outer: Box) -> Box:
    """Return the box, given in picture coordinates, relative to the top left corner of the box `outer`."""
    rows, columns = (
        slice(part.start - frame.start, part.stop - frame.start)
        for part, frame in zip(box, outer, strict=True)
    )
    return rows, columns


def _moved(box: Box, outer: Box) -> Box:
    """Convert the box from coordinates relative to `outer` to those of the picture, cut at `outer`'s end."""
    rows, columns = (
        slice(part.start + frame.start, min(part.stop + frame.start, frame.stop))
        for part, frame in zip(box, outer, strict=True)
    )
    return rows, columns


def _trimmed(box: Box, mask: np.ndarray) -> Hole | None:
    """Return the hole that `mask` marks in `box`, cut to its bounding box; None if the mask is empty."""
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(0))
    inner = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return Hole(_moved(inner, box), mask[inner])


def _squares(mask: np.ndarray, side: int) -> np.ndarray:
    """Return whether any pixel of each square of `side` x `side` pixels is set, bool (rows, columns)."""
    rows, columns = (np.arange(0, length, side) for length in mask.shape)
    return np.logical_or.reduceat(np.logical_or.reduceat(mask, rows, 0), columns, 1)
