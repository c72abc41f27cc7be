"""Complete pictures of any size: cut out each hole and its surroundings, solve at the model's size, blend."""

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

CALL_PIXELS = 2**20
"""Maximum number of pixels in one call of the solver; a single window may have more."""

BLEND_WINDOWS = 16
"""Maximum number of windows that are blended at the model's size at once."""

_ENOUGH = 0.5  # least share of known cells at which a window stops growing
_GROWTH = 1.25


@dataclass(frozen=True)
class Window:
    """A part of a picture that is solved at the model's size, (h, w) cells."""

    box: Box
    hole: Hole
    """The pixels to fill in `box`; its other missing pixels are only masked for the solver."""
    cells: np.ndarray
    """Missing cells at the model's size, bool (h, w): those that contain a missing pixel."""

    @property
    def scale(self) -> float:
        """Pixels along a cell's longer side; above 1, the completion is softer than the picture."""
        sides = zip(self.box, self.cells.shape, strict=True)
        longest: float = max((part.stop - part.start) / side for part, side in sides)
        return longest


def complete_any_size(
    picture: np.ndarray, missing: np.ndarray, size: tuple[int, int], solve: Solve, blend: Blend = poisson
) -> np.ndarray:
    """Return `picture`, uint8 (H, W, C) of any size, completed where `missing`, bool (H, W), is True.

    `size` = (h, w) is the size of the model's pictures.  Each hole is cut out in a window (see `windows`) and
    resized to it.  `solve` completes these windows, in each call at most `CALL_PIXELS` pixels but at least
    one window; its results, in 0 to 255, are resized to the windows' own sizes and blended in by `blend`.  A
    hole of more than half the model's side is solved at lower resolution, hence softer.  A picture of the
    model's size is passed to `solve` directly.  Known pixels are unchanged.  The memory needed beside the
    picture and its mask is one copy of both, one batch and the largest hole.  Raises `BadInput` for arrays or
    sizes of another kind, if nothing is missing or nothing known, if a hole has no known cell around it, and
    if `solve` returns another shape or values that are not finite.
    """
    _require(picture, missing, size)
    if picture.shape[:2] == tuple(size):
        whole: np.ndarray = blend(
            picture[None], _checked_solve(solve, picture[None], missing[None]), missing[None]
        )[0]
        return whole
    out, remaining = picture.copy(), missing.copy()
    for batch in _batches(windows(missing, size), max(1, CALL_PIXELS // (size[0] * size[1]))):
        parts = np.stack([_resize_to_model(picture[w.box], missing[w.box], size) for w in batch])
        completions = _checked_solve(solve, parts, np.stack([w.cells for w in batch])).astype(
            np.float32, copy=False
        )
        for window, generated in zip(batch, completions, strict=True):
            _blend_in(out, remaining, window, generated, blend)
    return out


def blend_at_model_size(solve: Solve, blend: Blend) -> Solve:
    """Return a `Solve` that calls `solve` and blends its results into the windows, at the model's size.

    `BLEND_WINDOWS` windows are blended at a time.  An error model of the generator holds at the model's size.
    The known cells of the result equal those of the window: if a cell is one pixel, blending into the picture
    has nothing left to correct at the hole's edge.
    """

    def solve_and_blend(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
        completions = _checked_solve(solve, pictures, missing)
        starts = range(0, len(completions), BLEND_WINDOWS)
        parts = [
            blend(*(array[start : start + BLEND_WINDOWS] for array in (pictures, completions, missing)))
            for start in starts
        ]
        return np.concatenate(parts)

    return solve_and_blend


def windows(missing: np.ndarray, size: tuple[int, int]) -> list[Window]:
    """Return the windows in which a model of `size` = (h, w) solves the holes of a picture.

    `missing` is bool (H, W).  Holes nearer than about a quarter of the model's side are joined.  A window has
    the model's proportions and twice the sides of its hole, at least the model's own size, and is moved
    and cut to lie in the picture.  While fewer than half of its cells are known it grows, as long as that
    makes the share larger; at the end of the picture it grows along the other side, so that the proportions
    change.  A hole with so many gaps that most known pixels would be lost at the model's resolution is
    cut in four.  Raises `BadInput` if a window has no known cell.
    """
    result, pending = [], holes(missing, max(1, min(size) // 4))[::-1]
    while pending:
        hole = pending.pop()
        window = _window(hole, missing, size)
        known = 1 - missing[window.box].mean()
        lost = 1 - window.cells.mean() < known / 2
        if lost and any(
            2 * side > model_side for side, model_side in zip(hole.mask.shape, size, strict=True)
        ):
            pending.extend(quarters(hole)[::-1])
            continue
        if window.cells.all():
            top, side = (part.start for part in hole.box)
            raise BadInput(
                f"hole at row {top}, column {side}: no known pixels around it; make the hole smaller"
            )
        result.append(window)
    return result


def _window(hole: Hole, missing: np.ndarray, size: tuple[int, int]) -> Window:
    limits = [whole / side for whole, side in zip(missing.shape, size, strict=True)]
    least = [(extent + 2) / side for extent, side in zip(hole.mask.shape, size, strict=True)]
    scale = max(1.0, *(2 * extent / side for extent, side in zip(hole.mask.shape, size, strict=True)))
    scale = min(scale, *limits)
    scales = [min(max(scale, need), limit) for need, limit in zip(least, limits, strict=True)]
    best = _window_at(hole, missing, size, scales)
    while best.cells.mean() > 1 - _ENOUGH and scales != limits:
        scales = [min(_GROWTH * scale, limit) for scale, limit in zip(scales, limits, strict=True)]
        candidate = _window_at(hole, missing, size, scales)
        if candidate.cells.mean() < best.cells.mean():
            best = candidate
        elif not best.cells.all():
            break
    return best


def _window_at(hole: Hole, missing: np.ndarray, size: tuple[int, int], scales: Sequence[float]) -> Window:
    """Return the window of these scales, centred on the hole as far as the picture allows."""
    sides = [
        _clip_side(scale * model_side, whole)
        for scale, model_side, whole in zip(scales, size, missing.shape, strict=True)
    ]
    starts = [
        min(max((part.start + part.stop - side) // 2, 0), whole - side)
        for part, side, whole in zip(hole.box, sides, missing.shape, strict=True)
    ]
    rows, columns = (slice(start, start + side) for start, side in zip(starts, sides, strict=True))
    return Window((rows, columns), hole, _cells(missing[rows, columns], size))


def _clip_side(length: float, limit: int) -> int:
    return min(max(round(length), 1), limit)


def _cells(missing: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return which cells of a grid of `size` overlap a missing pixel, bool (h, w)."""
    return _pool(_pool(missing, size[0]).T, size[1]).T


def _pool(missing: np.ndarray, cells: int) -> np.ndarray:
    n = len(missing)
    if n < cells:
        return missing[(2 * np.arange(cells) + 1) * n // (2 * cells)]
    return np.stack([missing[i * n // cells : -(-(i + 1) * n // cells)].any(0) for i in range(cells)])


def _resize_to_model(part: np.ndarray, missing: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a part (H, W, C) of a picture to the model's size: cell means to shrink, bicubic to grow."""
    if part.shape[:2] == size:
        return part
    if any(side < model_side for side, model_side in zip(part.shape, size, strict=False)):
        part = _fill_nearest(part, missing)
    for tall, wide in ((size[0], part.shape[1]), size):  # one side at a time: one may shrink, the other grow
        shrinks = tall < part.shape[0] or wide < part.shape[1]
        # OpenCV drops a single channel's axis.
        part = cv2.resize(part, (wide, tall), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
        part = part.reshape(tall, wide, -1)
    return part


def _fill_nearest(part: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Fill missing pixels with the nearest known one, so that interpolation does not spread their values."""
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(missing, return_distances=False, return_indices=True)
    out: np.ndarray = part[rows, columns]
    return out


def _blend_in(
    out: np.ndarray, remaining: np.ndarray, window: Window, completion: np.ndarray, blend: Blend
) -> None:
    """Blend the completion of a window into its hole in `out`; clear the hole in the mask `remaining`."""
    box = widened(window.hole.box, 1, remaining.shape)
    inner = within(window.hole.box, box)
    resized = _resize_to_window(
        completion, within(box, window.box), [part.stop - part.start for part in window.box]
    )
    # Missing neighbours of a hole that is not yet completed are no boundary: they are filled as well.
    filled = blend(out[box][None], resized[None], remaining[box][None])[0]
    out[window.hole.box][window.hole.mask] = filled[inner][window.hole.mask]
    remaining[window.hole.box][window.hole.mask] = False


def _resize_to_window(completion: np.ndarray, box: Box, sides: Sequence[int]) -> np.ndarray:
    """Resize a completion, float (h, w, C), to a window of `sides`; only its part `box` is computed."""
    if completion.shape[:2] == tuple(sides):
        return completion[box]
    (top, bottom), (left, right) = (
        (part.start * extent / side, part.stop * extent / side)
        for part, extent, side in zip(box, completion.shape[:2], sides, strict=True)
    )
    size = box[1].stop - box[1].start, box[0].stop - box[0].start
    planes = [Image.fromarray(np.ascontiguousarray(completion[..., c])) for c in range(completion.shape[-1])]
    filter_ = Image.Resampling.BICUBIC
    return np.stack([np.asarray(p.resize(size, filter_, (left, top, right, bottom))) for p in planes], -1)


def _batches(items: Sequence[Window], size: int) -> Iterator[Sequence[Window]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _checked_solve(solve: Solve, pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
    result = solve(pictures, missing)
    if result.shape != pictures.shape:
        raise BadInput(f"the solver returned {result.shape}; it must return {pictures.shape}, as its input")
    if not np.isfinite(result).all():
        raise BadInput("the solver returned values that are not finite; they must lie in 0 to 255")
    return result


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
        raise BadInput("nothing is known: leave at least one known pixel")
