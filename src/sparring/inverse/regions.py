"""The holes of a picture: its missing pixels, those that lie near one another taken together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Box = tuple[slice, slice]
"""Rows and columns of a picture."""


@dataclass(frozen=True)
class Hole:
    """Missing pixels that belong together."""

    box: Box
    """The least that holds them."""
    mask: np.ndarray
    """Which pixels of the box they are, bool; a view where possible."""


def holes(missing: np.ndarray, near: int) -> list[Hole]:
    """The holes in `missing`, bool (H, W), from top to bottom.

    Every missing pixel is in exactly one.  Pixels less than `near` apart are in the same hole, pixels that
    are 2 * `near` or more from all others of a hole are not in it: the picture is laid out in squares of
    side `near`, and squares that touch, also at a corner, go together if both hold a missing pixel.
    """
    from scipy.ndimage import find_objects, label

    whole = (slice(0, missing.shape[0]), slice(0, missing.shape[1]))
    all_of_them = _trimmed(whole, missing)
    if all_of_them is None:
        return []
    if max(all_of_them.mask.shape) <= 2 * near:
        return [all_of_them]
    squares = _squares(all_of_them.mask, near)
    labels, count = label(squares, np.ones((3, 3), bool))
    if count == 1:
        return [all_of_them]
    found = []
    for number, (rows, columns) in enumerate(find_objects(labels), 1):
        part = (slice(rows.start * near, rows.stop * near), slice(columns.start * near, columns.stop * near))
        own = (labels[rows, columns] == number).repeat(near, 0).repeat(near, 1)
        mask = all_of_them.mask[part]
        mask = mask & own[: mask.shape[0], : mask.shape[1]]
        found.append(_trimmed(_moved(part, all_of_them.box), mask))
    return [hole for hole in found if hole is not None]


def quarters(hole: Hole) -> list[Hole]:
    """The hole cut in the middle of its box, each way where it is more than a pixel long."""
    height, width = hole.mask.shape
    cuts = [(slice(0, side // 2), slice(side // 2, side)) for side in (height, width)]
    parts = [(rows, columns) for rows in cuts[0] for columns in cuts[1]]
    found = [_trimmed(_moved(part, hole.box), hole.mask[part]) for part in parts]
    return [part for part in found if part is not None]


def widened(box: Box, by: int, shape: tuple[int, ...]) -> Box:
    """The box with `by` pixels more on each side, as far as a picture of `shape` (H, W) goes."""
    rows, columns = (
        slice(max(part.start - by, 0), min(part.stop + by, side))
        for part, side in zip(box, shape, strict=False)
    )
    return rows, columns


def within(box: Box, outer: Box) -> Box:
    """The box as counted from the corner of `outer`."""
    rows, columns = (
        slice(part.start - whole.start, part.stop - whole.start)
        for part, whole in zip(box, outer, strict=True)
    )
    return rows, columns


def _moved(box: Box, outer: Box) -> Box:
    """The box, counted from the corner of `outer`, as the picture counts; cut off where `outer` ends."""
    rows, columns = (
        slice(part.start + whole.start, min(part.stop + whole.start, whole.stop))
        for part, whole in zip(box, outer, strict=True)
    )
    return rows, columns


def _trimmed(box: Box, mask: np.ndarray) -> Hole | None:
    """The hole that `mask` marks in `box`, without empty rows and columns around it; None for none."""
    rows = np.flatnonzero(mask.any(1))
    if not len(rows):
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(0))
    inner = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return Hole(_moved(inner, box), mask[inner])


def _squares(mask: np.ndarray, side: int) -> np.ndarray:
    """Whether any pixel of each square of `side` pixels is set."""
    rows, columns = (np.arange(0, length, side) for length in mask.shape)
    return np.logical_or.reduceat(np.logical_or.reduceat(mask, rows, 0), columns, 1)
