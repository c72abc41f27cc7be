"""Laplace's equation in a hole: at once where the hole is small or thin, by multigrid where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

DIRECT = 1.2e7
"""Multiplications of a factorisation up to which it is taken; beyond, multigrid is faster and smaller."""

TOLERANCE = 0.2
"""Energy of the error, in grey levels, at which the iteration ends.

The energy is the root of the sum of squared differences between neighbours.  As the error is 0 round the
hole, its greatest value is of the same size: it grows with the root of the logarithm of the hole's side.
"""

_MOST = 100  # iterations; 5 to 12 are usual
_COARSEST = 400  # unknowns
_ACROSS = ((-1, 0), (0, -1), (0, 1), (1, 0))

_DAMPING = tuple(1 / (1.25 + sign * 0.75 * np.cos(np.pi / 4)) for sign in (1, -1))
# Chebyshev's two weights for the upper three quarters of the spectrum of the mean over four neighbours.


def _cross(middle: float, arm: float) -> np.ndarray:
    return np.array([[0, arm, 0], [arm, middle, arm], [0, arm, 0]], np.float32)


_LAPLACE = _cross(-4, 1)
_SMOOTHER = {weight: _cross(1 - weight, weight / 4) for weight in _DAMPING}
_TENT = np.array([1, 3, 3, 1], np.float32) / 4


def membrane(inside: np.ndarray, pictures: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """What to add to `generated` within `inside` so that it meets `pictures`: float32 (n, m, C).

    `inside` is bool (h, w) with m pixels set, in the order of `np.nonzero`, at least one of the others beside
    them; `pictures` and `generated` are (n, h, w, C) in grey levels and are read next to the hole only.  The
    addition e is harmonic: for every pixel inside, the sum over its neighbours within the array of
    (e_p - e_q) is 0, e being pictures - generated outside.  Beyond the array there is no neighbour (Neumann).
    It is exact to rounding where it is found directly, and else to about a tenth of a grey level.
    """
    rows, columns = (int(np.count_nonzero(inside, axis).max()) for axis in (1, 0))
    if np.count_nonzero(inside) * float(min(rows, columns)) ** 2 > DIRECT:
        return _iterated(inside, pictures, generated)
    ys, xs = np.nonzero(inside)
    # Counted along the shorter side, neighbours are counted soon after one another: the band is narrow.
    order = np.lexsort((ys, xs)) if columns < rows else np.arange(len(ys))
    pulls = _pulls(inside, ys, xs, pictures, generated)
    found = np.empty_like(pulls)
    found[order] = _factorised(inside, ys[order], xs[order])(pulls[order])
    return np.moveaxis(found.reshape(len(ys), len(pictures), -1), 0, 1)


def _pulls(
    inside: np.ndarray, ys: np.ndarray, xs: np.ndarray, pictures: np.ndarray, generated: np.ndarray
) -> np.ndarray:
    """The sum of pictures - generated over each pixel's neighbours outside the hole: float32 (m, n * C)."""
    n, height, width, channels = pictures.shape
    total = np.zeros((len(ys), n * channels), np.float32)
    for down, right in _ACROSS:
        y, x = ys + down, xs + right
        at = np.flatnonzero((y >= 0) & (y < height) & (x >= 0) & (x < width))
        at = at[~inside[y[at], x[at]]]
        gap = pictures[:, y[at], x[at]].astype(np.float32) - generated[:, y[at], x[at]]
        total[at] += np.moveaxis(gap, 0, 1).reshape(len(at), n * channels)
    return total


def _factorised(inside: np.ndarray, ys: np.ndarray, xs: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The solver of the equations of the pixels `ys`, `xs` inside, by Cholesky's factors within the band."""
    from scipy.linalg import cho_solve_banded, cholesky_banded

    here = np.arange(len(ys), dtype=np.int32)
    place = np.full(np.add(inside.shape, 1), -1, np.int32)
    place[ys, xs] = here
    later = [np.maximum(place[y, x] - here, 0) for y, x in ((ys + 1, xs), (ys, xs + 1))]  # 0: not inside
    # In double precision: a hole with a single known neighbour is ill-conditioned.
    lower = np.zeros((max(int(offset.max()) for offset in later) + 1, len(ys)))
    lower[0] = 4.0 - (ys == 0) - (ys == inside.shape[0] - 1) - (xs == 0) - (xs == inside.shape[1] - 1)
    for offset in later:
        at = np.flatnonzero(offset)
        lower[offset[at], at] = -1
    factor = cholesky_banded(lower, overwrite_ab=True, lower=True, check_finite=False)
    return lambda pulls: cho_solve_banded((factor, True), pulls, check_finite=False)


@dataclass(frozen=True)
class _Grids:
    """The hole at halved and halved resolution, 1 where unknown, and the solver of the coarsest."""

    masks: tuple[np.ndarray, ...]
    coarsest: Callable[[np.ndarray], np.ndarray] | None
    """None where the next grid would have no unknowns and smoothing is enough."""


def _grids(inside: np.ndarray) -> _Grids:
    """A coarse cell is unknown where all four of its pixels are; a pixel beyond the picture copies the last.

    McAdams, Sifakis and Teran 2010, A parallel multigrid Poisson solver for fluids simulation on large
    grids, section 3.
    """
    masks = [inside]
    while np.count_nonzero(masks[-1]) > _COARSEST:
        even = np.pad(masks[-1], [(0, side % 2) for side in masks[-1].shape], "edge")
        rows = even[::2] & even[1::2]
        coarse = rows[:, ::2] & rows[:, 1::2]
        if not coarse.any():
            break
        masks.append(coarse)
    coarsest, solver = masks[-1], None
    if np.count_nonzero(coarsest) <= _COARSEST:
        solver = _factorised(coarsest, *np.nonzero(coarsest))
    return _Grids(tuple(mask.astype(np.float32) for mask in masks), solver)


def _iterated(inside: np.ndarray, pictures: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """`membrane` by conjugate gradients, preconditioned by a cycle of multigrid, one channel at a time."""
    grids = _grids(inside)
    found = np.empty((len(pictures), np.count_nonzero(inside), pictures.shape[-1]), np.float32)
    for i in range(len(pictures)):
        for c in range(pictures.shape[-1]):
            gap = pictures[i, ..., c].astype(np.float32) - generated[i, ..., c]
            gap[inside] = 0  # the array's last pixel copied beyond it then pulls nowhere either
            pulls = cv2.filter2D(gap.astype(np.float32), -1, _cross(0, 1), borderType=cv2.BORDER_REPLICATE)
            found[i, :, c] = _descended(grids, pulls * grids.masks[0])[inside]
    return found


def _descended(grids: _Grids, rest: np.ndarray) -> np.ndarray:
    """The solution whose Laplacian is -`rest`, which is used up."""
    found = np.zeros_like(rest)
    way = step = np.zeros_like(rest)
    last = 1.0
    for _ in range(_MOST):
        step = _cycle(grids, rest, 0)
        energy = float(np.vdot(rest, step))  # of the error, as the cycle takes it
        if energy < TOLERANCE**2:
            break
        way = cv2.scaleAdd(way, energy / last, step)
        pull = cv2.filter2D(way, -1, _LAPLACE, borderType=cv2.BORDER_REPLICATE)
        pull *= grids.masks[0]
        length = -energy / float(np.vdot(way, pull))
        cv2.scaleAdd(way, length, found, found)
        cv2.scaleAdd(pull, length, rest, rest)
        last = energy
    found += step
    return found


def _cycle(grids: _Grids, rest: np.ndarray, level: int) -> np.ndarray:
    """One symmetric V: smoothed, mended from the next coarser grid, smoothed in reverse."""
    mask = grids.masks[level]
    last = level == len(grids.masks) - 1
    if last and grids.coarsest is not None:
        found, unknown = np.zeros_like(rest), mask > 0
        found[unknown] = grids.coarsest(rest[unknown])
        return found
    found = rest * np.float32(_DAMPING[0] / 4)
    found = _smooth(found, rest, mask, _DAMPING[1])
    if not last:
        left = cv2.filter2D(found, -1, _LAPLACE, borderType=cv2.BORDER_REPLICATE)
        left += rest
        left *= mask
        finer = _finer(_cycle(grids, _coarser(left, grids.masks[level + 1]), level + 1), rest.shape)
        finer *= mask
        found += finer
    for weight in reversed(_DAMPING):
        found = _smooth(found, rest, mask, weight)
    return found


def _smooth(found: np.ndarray, rest: np.ndarray, mask: np.ndarray, weight: float) -> np.ndarray:
    """A step of Jacobi's iteration, damped by `weight`."""
    out = cv2.filter2D(found, -1, _SMOOTHER[weight], borderType=cv2.BORDER_REPLICATE)
    cv2.scaleAdd(rest, weight / 4, out, out)
    out *= mask
    return out


def _finer(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Linear interpolation between the centres of cells."""
    height, width = values.shape
    out = cv2.resize(values, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(out[: shape[0], : shape[1]])


def _coarser(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The transpose of `_finer`."""
    odd = [side % 2 for side in values.shape]
    even = np.pad(values, [(0, one) for one in odd]) if any(odd) else values
    spread = cv2.sepFilter2D(even, -1, _TENT, _TENT, anchor=(1, 1), borderType=cv2.BORDER_REFLECT)
    out: np.ndarray = spread[::2, ::2] * mask
    return out
