"""Pictures of any size: holes are cut out with their surroundings, solved at the model's size, put back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from sparring.core.errors import BadInput
from sparring.inverse.blend.poisson import Blend, poisson
from sparring.inverse.regions import Box, Hole, holes, quarters, widened, within

Solve = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From pictures uint8 (n, h, w, C) and missing bool (n, h, w) to pictures (n, h, w, C) in 0 to 255."""

AT_ONCE = 2**20
"""Pixels that are handed to the solver in one call, at most; one window if it alone has more."""

TOGETHER = 16
"""Windows that are blended at the model's size at once, at most."""

_ENOUGH = 0.5  # share of known cells that a window should have
_GROWTH = 1.25


@dataclass(frozen=True)
class Window:
    """A part of a picture that is solved at the model's size."""

    box: Box
    hole: Hole
    """What is put back, in `box`; other missing pixels there are only hidden from the solver."""
    cells: np.ndarray
    """Which cells are missing at the model's size, bool (h, w): those that hold a missing pixel."""

    @property
    def scale(self) -> float:
        """Pixels along a cell's longer side; above 1, what is put back is as much softer than the picture."""
        sides = zip(self.box, self.cells.shape, strict=True)
        longest: float = max((part.stop - part.start) / side for part, side in sides)
        return longest


def mended(
    picture: np.ndarray, missing: np.ndarray, size: tuple[int, int], solve: Solve, blend: Blend = poisson
) -> np.ndarray:
    """`picture`, uint8 (H, W, C) of any size, completed where `missing`, bool (H, W), by a model of `size`.

    Each hole is cut out in a window (see `windows`), brought to `size` = (h, w), handed to `solve` together
    with the others, `AT_ONCE` pixels a call, and what comes back is brought to the window's scale and blended
    in.  A hole of more than half the model's side is solved at lower resolution, hence softer.  A picture
    that has the model's size is handed over as it is.  Known pixels stay as they are, to the byte.  Beside
    the picture and its mask, memory is wanted for one copy of both, for one batch and for the largest hole.
    Raises `BadInput` for arrays or sizes of another kind, where nothing is missing or nothing known, where a
    hole leaves no known cell around it, and where `solve` returns another shape or numbers that are not.
    """
    _require(picture, missing, size)
    if picture.shape[:2] == tuple(size):
        whole: np.ndarray = blend(picture[None], _solved(solve, picture[None], missing[None]), missing[None])[
            0
        ]
        return whole
    out, left = picture.copy(), missing.copy()
    for batch in _batches(windows(missing, size), max(1, AT_ONCE // (size[0] * size[1]))):
        parts = np.stack([_shrunk(picture[w.box], missing[w.box], size) for w in batch])
        found = _solved(solve, parts, np.stack([w.cells for w in batch])).astype(np.float32, copy=False)
        for window, generated in zip(batch, found, strict=True):
            _put(out, left, window, generated, blend)
    return out


def settled(solve: Solve, blend: Blend) -> Solve:
    """`solve`, with what it finds blended in at the model's size, `TOGETHER` windows at a time.

    A generator's errors are known at its own size.  Known cells of what comes back are those of the window:
    where one is a pixel, blending into the picture then has nothing left to correct at the hole's rim.
    """

    def found(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
        made = _solved(solve, pictures, missing)
        starts = range(0, len(made), TOGETHER)
        parts = [
            blend(*(array[start : start + TOGETHER] for array in (pictures, made, missing)))
            for start in starts
        ]
        return np.concatenate(parts)

    return found


def windows(missing: np.ndarray, size: tuple[int, int]) -> list[Window]:
    """The windows in which the holes of a picture are solved by a model of `size` = (h, w).

    `missing` is bool (H, W).  Holes nearer than about a quarter of the model's side are one.  A window has
    the model's proportions and twice the sides of its hole, at least the model's own size, and is moved
    and cut to lie in the picture.  While fewer than half of its cells are known it grows, as long as that
    makes the share larger; where the picture ends on one side it grows on the other, so that proportions
    change.  A hole so full of gaps that most of what is known would be lost at the model's resolution is
    cut in four.  Raises `BadInput` where no known cell is left.
    """
    found, waiting = [], holes(missing, max(1, min(size) // 4))[::-1]
    while waiting:
        hole = waiting.pop()
        window = _window(hole, missing, size)
        known = 1 - missing[window.box].mean()
        lost = 1 - window.cells.mean() < known / 2
        if lost and any(2 * side > own for side, own in zip(hole.mask.shape, size, strict=True)):
            waiting.extend(quarters(hole)[::-1])
            continue
        if window.cells.all():
            top, side = (part.start for part in hole.box)
            raise BadInput(f"hole at row {top}, column {side}: no known pixels around it to go by")
        found.append(window)
    return found


def _window(hole: Hole, missing: np.ndarray, size: tuple[int, int]) -> Window:
    limits = [whole / side for whole, side in zip(missing.shape, size, strict=True)]
    least = [(own + 2) / side for own, side in zip(hole.mask.shape, size, strict=True)]
    scale = max(1.0, *(2 * own / side for own, side in zip(hole.mask.shape, size, strict=True)))
    scale = min(scale, *limits)
    scales = [min(max(scale, need), limit) for need, limit in zip(least, limits, strict=True)]
    best = _placed(hole, missing, size, scales)
    while best.cells.mean() > 1 - _ENOUGH and scales != limits:
        scales = [min(_GROWTH * scale, limit) for scale, limit in zip(scales, limits, strict=True)]
        next_one = _placed(hole, missing, size, scales)
        if next_one.cells.mean() < best.cells.mean():
            best = next_one
        elif not best.cells.all():
            break
    return best


def _placed(hole: Hole, missing: np.ndarray, size: tuple[int, int], scales: Sequence[float]) -> Window:
    """The window of these scales with the hole in its middle, or as near to it as the picture allows."""
    sides = [_side(scale * own, whole) for scale, own, whole in zip(scales, size, missing.shape, strict=True)]
    starts = [
        min(max((part.start + part.stop - side) // 2, 0), whole - side)
        for part, side, whole in zip(hole.box, sides, missing.shape, strict=True)
    ]
    rows, columns = (slice(start, start + side) for start, side in zip(starts, sides, strict=True))
    return Window((rows, columns), hole, _cells(missing[rows, columns], size))


def _side(wanted: float, most: int) -> int:
    return min(max(round(wanted), 1), most)


def _cells(missing: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Which cells of a grid of `size` hold a missing pixel, or in part, or lie in one."""
    return _any(_any(missing, size[0]).T, size[1]).T


def _any(missing: np.ndarray, cells: int) -> np.ndarray:
    n = len(missing)
    if n < cells:
        return missing[(2 * np.arange(cells) + 1) * n // (2 * cells)]
    return np.stack([missing[i * n // cells : -(-(i + 1) * n // cells)].any(0) for i in range(cells)])


def _shrunk(part: np.ndarray, missing: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A part (H, W, C) of a picture at the model's size: mean over a cell where it shrinks, else cubic."""
    if part.shape[:2] == size:
        return part
    if any(side < own for side, own in zip(part.shape, size, strict=False)):
        part = _continued(part, missing)
    for tall, wide in ((size[0], part.shape[1]), size):  # a side at a time: one may shrink, the other grow
        shrinks = tall < part.shape[0] or wide < part.shape[1]
        # OpenCV drops a single channel's axis.
        part = cv2.resize(part, (wide, tall), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
        part = part.reshape(tall, wide, -1)
    return part


def _continued(part: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Missing pixels as the nearest known one, so that interpolation does not spread what lies in a hole."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(missing, return_distances=False, return_indices=True)
    out: np.ndarray = part[rows, columns]
    return out


def _put(out: np.ndarray, left: np.ndarray, window: Window, found: np.ndarray, blend: Blend) -> None:
    """Blend what was found in a window into `out` where its hole is, and take that off what is `left`."""
    box = widened(window.hole.box, 1, left.shape)
    inner = within(window.hole.box, box)
    grown = _grown(found, within(box, window.box), [part.stop - part.start for part in window.box])
    # Missing neighbours that belong to a hole not yet put back are no boundary: they are filled as well.
    filled = blend(out[box][None], grown[None], left[box][None])[0]
    out[window.hole.box][window.hole.mask] = filled[inner][window.hole.mask]
    left[window.hole.box][window.hole.mask] = False


def _grown(found: np.ndarray, box: Box, sides: Sequence[int]) -> np.ndarray:
    """What was found, float (h, w, C), brought to a window of `sides`, of which only `box` is computed."""
    if found.shape[:2] == tuple(sides):
        return found[box]
    (top, bottom), (left, right) = (
        (part.start * own / side, part.stop * own / side)
        for part, own, side in zip(box, found.shape[:2], sides, strict=True)
    )
    size = box[1].stop - box[1].start, box[0].stop - box[0].start
    planes = [Image.fromarray(np.ascontiguousarray(found[..., c])) for c in range(found.shape[-1])]
    how = Image.Resampling.BICUBIC
    return np.stack([np.asarray(p.resize(size, how, (left, top, right, bottom))) for p in planes], -1)


def _batches(found: Sequence[Window], most: int) -> Iterator[Sequence[Window]]:
    return (found[start : start + most] for start in range(0, len(found), most))


def _solved(solve: Solve, pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
    found = solve(pictures, missing)
    if found.shape != pictures.shape:
        raise BadInput(f"the solver returned {found.shape}; it must return {pictures.shape}, as it was given")
    if not np.isfinite(found).all():
        raise BadInput("the solver returned values that are not finite; they must lie in 0 to 255")
    return found


def _require(picture: np.ndarray, missing: np.ndarray, size: tuple[int, int]) -> None:
    if picture.dtype != np.uint8 or picture.ndim != 3 or not 1 <= picture.shape[-1] <= 4:
        raise BadInput(f"picture: {picture.dtype} {picture.shape}; give uint8 (H, W, C) with 1 to 4 channels")
    if missing.dtype != np.bool_ or missing.shape != picture.shape[:2]:
        raise BadInput(f"missing: {missing.dtype} {missing.shape}; give bool {picture.shape[:2]}")
    if len(size) != 2 or min(size) < 1:
        raise BadInput(f"size {size}: give the model's height and width, each at least 1")
    if not missing.size:
        raise BadInput(f"picture of {picture.shape[1]}x{picture.shape[0]} pixels: give at least one")
    if not missing.any():
        raise BadInput("nothing is missing: mark at least one pixel")
    if missing.all():
        raise BadInput("nothing is known: leave at least one pixel to go by")
