"""Solve Laplace's equation in a hole: directly if the hole is small or thin, else by multigrid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

DIRECT = 1.2e7
"""Maximum multiplications of a direct factorisation; beyond, multigrid is faster and needs less memory."""

TOLERANCE = 0.2
"""Energy norm of the error, in grey levels, at which the iteration ends.

The norm is the root of the sum of squared differences between neighbours.  As the error is 0 around the hole,
its greatest value is of the same order: it grows with the root of the logarithm of the hole's side.
"""

_MOST = 100  # iterations; 5 to 12 are usual
_COARSEST = 400  # unknowns
_ACROSS = ((-1, 0), (0, -1), (0, 1), (1, 0))

_DAMPING = tuple(1 / (1.25 + sign * 0.75 * np.cos(np.pi / 4)) for sign in (1, -1))
# The two Chebyshev weights for the upper three quarters of the spectrum of the mean over four neighbours.


def _cross(middle: float, arm: float) -> np.ndarray:
    return np.array([[0, arm, 0], [arm, middle, arm], [0, arm, 0]], np.float32)


_LAPLACE = _cross(-4, 1)
_SMOOTHER = {weight: _cross(1 - weight, weight / 4) for weight in _DAMPING}
_TENT = np.array([1, 3, 3, 1], np.float32) / 4


def membrane(inside: np.ndarray, pictures: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """Return the correction of `generated` within `inside` that fits it to `pictures`: float32 (n, m, C).

    `inside` is bool (h, w) with m pixels set, in the order of `np.nonzero`; at least one pixel next to them
    is not set.  `pictures` and `generated` are (n, h, w, C) in grey levels and are read only next to the
    hole.  The correction e is harmonic: for every pixel inside, the sum over its neighbours within the array
    of (e_p - e_q) is 0, with e = pictures - generated outside.  Pixels at the array's edge have fewer
    neighbours (Neumann condition).  The direct solution is exact to rounding, the iterative one to about a
    tenth of a grey level.
    """
    rows, columns = (int(np.count_nonzero(inside, axis).max()) for axis in (1, 0))
    if np.count_nonzero(inside) * float(min(rows, columns)) ** 2 > DIRECT:
        return _solve_iteratively(inside, pictures, generated)
    ys, xs = np.nonzero(inside)
    # Numbering along the shorter side keeps the band of the matrix narrow.
    order = np.lexsort((ys, xs)) if columns < rows else np.arange(len(ys))
    right_side = _boundary_sums(inside, ys, xs, pictures, generated)
    solution = np.empty_like(right_side)
    solution[order] = _factorise(inside, ys[order], xs[order])(right_side[order])
    return np.moveaxis(solution.reshape(len(ys), len(pictures), -1), 0, 1)


def _boundary_sums(
    inside: np.ndarray, ys: np.ndarray, xs: np.ndarray, pictures: np.ndarray, generated: np.ndarray
) -> np.ndarray:
    """Return the sum of pictures - generated over each pixel's neighbours outside, float32 (m, n * C)."""
    n, height, width, channels = pictures.shape
    total = np.zeros((len(ys), n * channels), np.float32)
    for down, right in _ACROSS:
        y, x = ys + down, xs + right
        at = np.flatnonzero((y >= 0) & (y < height) & (x >= 0) & (x < width))
        at = at[~inside[y[at], x[at]]]
        gap = pictures[:, y[at], x[at]].astype(np.float32) - generated[:, y[at], x[at]]
        total[at] += np.moveaxis(gap, 0, 1).reshape(len(at), n * channels)
    return total


def _factorise(inside: np.ndarray, ys: np.ndarray, xs: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return a solver of the equations of the pixels `ys`, `xs` inside, by banded Cholesky factorisation."""
    from scipy.linalg import cho_solve_banded, cholesky_banded

    index = np.arange(len(ys), dtype=np.int32)
    number = np.full(np.add(inside.shape, 1), -1, np.int32)
    number[ys, xs] = index
    later = [np.maximum(number[y, x] - index, 0) for y, x in ((ys + 1, xs), (ys, xs + 1))]  # 0: not inside
    # In double precision: a hole with a single known neighbour is ill-conditioned.
    lower = np.zeros((max(int(offset.max()) for offset in later) + 1, len(ys)))
    lower[0] = 4.0 - (ys == 0) - (ys == inside.shape[0] - 1) - (xs == 0) - (xs == inside.shape[1] - 1)
    for offset in later:
        at = np.flatnonzero(offset)
        lower[offset[at], at] = -1
    factor = cholesky_banded(lower, overwrite_ab=True, lower=True, check_finite=False)
    return lambda right_side: cho_solve_banded((factor, True), right_side, check_finite=False)


@dataclass(frozen=True)
class _Grids:
    """Masks of the hole at successively halved resolution, 1 where unknown, and the coarsest solver."""

    masks: tuple[np.ndarray, ...]
    coarsest: Callable[[np.ndarray], np.ndarray] | None
    """None if a coarser grid would have no unknowns, so that smoothing is enough."""


def _grids(inside: np.ndarray) -> _Grids:
    """Build the grids: a coarse cell is unknown if all its four pixels are; odd sides repeat the last pixel.

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
        solver = _factorise(coarsest, *np.nonzero(coarsest))
    return _Grids(tuple(mask.astype(np.float32) for mask in masks), solver)


def _solve_iteratively(inside: np.ndarray, pictures: np.ndarray, generated: np.ndarray) -> np.ndarray:
    """`membrane` by conjugate gradients with a multigrid cycle as preconditioner, one channel at a time."""
    grids = _grids(inside)
    solution = np.empty((len(pictures), np.count_nonzero(inside), pictures.shape[-1]), np.float32)
    for i in range(len(pictures)):
        for c in range(pictures.shape[-1]):
            gap = pictures[i, ..., c].astype(np.float32) - generated[i, ..., c]
            gap[inside] = 0  # so that the border pixels that filter2D repeats add nothing
            right_side = cv2.filter2D(
                gap.astype(np.float32), -1, _cross(0, 1), borderType=cv2.BORDER_REPLICATE
            )
            solution[i, :, c] = _conjugate_gradient(grids, right_side * grids.masks[0])[inside]
    return solution


def _conjugate_gradient(grids: _Grids, residual: np.ndarray) -> np.ndarray:
    """Return the solution whose Laplacian is -`residual`; overwrites `residual`."""
    x = np.zeros_like(residual)
    direction = step = np.zeros_like(residual)
    previous = 1.0
    for _ in range(_MOST):
        step = _cycle(grids, residual, 0)
        energy = float(np.vdot(residual, step))  # squared energy norm of the error, as the cycle estimates it
        if energy < TOLERANCE**2:
            break
        direction = cv2.scaleAdd(direction, energy / previous, step)
        image = cv2.filter2D(direction, -1, _LAPLACE, borderType=cv2.BORDER_REPLICATE)
        image *= grids.masks[0]
        alpha = -energy / float(np.vdot(direction, image))
        cv2.scaleAdd(direction, alpha, x, x)
        cv2.scaleAdd(image, alpha, residual, residual)
        previous = energy
    x += step
    return x


def _cycle(grids: _Grids, residual: np.ndarray, level: int) -> np.ndarray:
    """Do one symmetric V-cycle: smooth, correct from the next coarser grid, smooth in reverse order."""
    mask = grids.masks[level]
    last = level == len(grids.masks) - 1
    if last and grids.coarsest is not None:
        x, unknown = np.zeros_like(residual), mask > 0
        x[unknown] = grids.coarsest(residual[unknown])
        return x
    x = residual * np.float32(_DAMPING[0] / 4)
    x = _smooth(x, residual, mask, _DAMPING[1])
    if not last:
        remainder = cv2.filter2D(x, -1, _LAPLACE, borderType=cv2.BORDER_REPLICATE)
        remainder += residual
        remainder *= mask
        correction = _prolong(
            _cycle(grids, _restrict(remainder, grids.masks[level + 1]), level + 1), residual.shape
        )
        correction *= mask
        x += correction
    for weight in reversed(_DAMPING):
        x = _smooth(x, residual, mask, weight)
    return x


def _smooth(x: np.ndarray, residual: np.ndarray, mask: np.ndarray, weight: float) -> np.ndarray:
    """Do one damped Jacobi step of weight `weight`."""
    out = cv2.filter2D(x, -1, _SMOOTHER[weight], borderType=cv2.BORDER_REPLICATE)
    cv2.scaleAdd(residual, weight / 4, out, out)
    out *= mask
    return out


def _prolong(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Prolongation: interpolate linearly between cell centres to `shape` (h, w)."""
    height, width = values.shape
    out = cv2.resize(values, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(out[: shape[0], : shape[1]])


def _restrict(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Restriction: the transpose of the prolongation."""
    odd = [side % 2 for side in values.shape]
    even = np.pad(values, [(0, extra) for extra in odd]) if any(odd) else values
    spread = cv2.sepFilter2D(even, -1, _TENT, _TENT, anchor=(1, 1), borderType=cv2.BORDER_REFLECT)
    out: np.ndarray = spread[::2, ::2] * mask
    return out
