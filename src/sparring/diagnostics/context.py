"""Measures of pixel context: whether neighbouring pixels of made pictures go together as those of data do.

Pictures are float arrays (n, channels, height, width) in [-1, 1]; every channel is read by itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats

SHIFTS = (1, 2, 4)
"""Distances in pixels at which pixels are compared, as far as the picture reaches."""

BINS = 8
"""Levels of grey that the entropy tells apart."""

NEIGHBOURS = tuple((r, c) for r in range(3) for c in range(3) if (r, c) != (1, 1))


def range_gap(fake: ArrayLike, real: ArrayLike) -> float:
    """How far the fakes' 1 % and 99 % quantiles lie from the data's, on average, over the data's range.

    Pictures in [0, 1] against data in [-1, 1] give a half.
    """
    made, seen = (np.quantile(np.asarray(x, np.float64), [0.01, 0.99]) for x in (fake, real))
    return float(np.abs(made - seen).mean() / max(seen[1] - seen[0], 1e-12))


def completion_ratio(errors: ArrayLike, nearest: ArrayLike) -> float:
    """The mean error of completed holes over that of `nearest_errors`, (n,) each.

    1: a search of latents fills a hole as well as a copy.
    """
    return float(np.mean(np.asarray(errors, np.float64)) / np.mean(np.asarray(nearest, np.float64)))


def hole_errors(filled: ArrayLike, truth: ArrayLike, missing: ArrayLike) -> Floats:
    """Mean absolute error over the hole of each picture, (n,); `missing` bool (n, height, width) or one mask.

    `ValueError` where a picture has no hole.
    """
    right = _planes(truth)
    hole = np.broadcast_to(np.asarray(missing, bool), (len(right), *right.shape[2:]))
    count = hole.sum((1, 2))
    if (count == 0).any():
        raise ValueError("every picture needs at least one missing pixel")
    error: Floats = (np.abs(_planes(filled) - right).mean(1) * hole).sum((1, 2)) / count
    return error


def nearest_errors(truth: ArrayLike, missing: ArrayLike, training: ArrayLike) -> Floats:
    """`hole_errors` of holes filled from the training picture that is nearest on the known pixels (L1)."""
    from scipy.spatial.distance import cdist  # here, for it takes long to import

    right, known = _planes(truth), _planes(training)
    hole = np.broadcast_to(np.asarray(missing, bool), (len(right), *right.shape[2:]))
    filled = np.empty_like(right)
    for mask in np.unique(hole, axis=0):
        mine = (hole == mask).all((1, 2))
        seen = np.broadcast_to(~mask, right.shape[1:]).reshape(-1)
        apart = cdist(
            right[mine].reshape(mine.sum(), -1)[:, seen],
            known.reshape(len(known), -1)[:, seen],
            "cityblock",
        )
        filled[mine] = known[apart.argmin(1)]
    return hole_errors(filled, right, hole)


def correlations(x: ArrayLike) -> Floats:
    """The correlation of pixels 1, 2 and 4 apart, across and down, over all places and pictures, (2 shifts,).

    Shifts that do not fit the picture are left out; 0 where the picture is of one grey.
    """
    found = _planes(x)
    sides = [(shift, axis) for shift in SHIFTS for axis in (3, 2) if shift < found.shape[axis]]
    return np.array([_correlation(*_shifted(found, shift, axis)) for shift, axis in sides])


def correlation_gap(fake: ArrayLike, real: ArrayLike) -> float:
    """The mean absolute difference of `correlations`, in [0, 2]."""
    return float(np.abs(correlations(fake) - correlations(real)).mean())


def neighbour_entropy(x: ArrayLike) -> float:
    """H(pixel | its left neighbour) in bits, of 8 levels of grey, in [0, 3]; NaN where one is not finite."""
    found = _planes(x)
    if not np.isfinite(found).all():
        return float("nan")
    level = np.clip(((found + 1) / 2 * BINS).astype(np.int64), 0, BINS - 1)
    left, right = _shifted(level, 1, 3)
    table = np.bincount((left * BINS + right).reshape(-1), minlength=BINS**2).reshape(BINS, BINS)
    joint = table / table.sum()
    before = joint.sum(1, keepdims=True)
    there = joint > 0
    return max(0.0, float(-(joint[there] * np.log2((joint / np.where(before > 0, before, 1))[there])).sum()))


def entropy_gap(fake: ArrayLike, real: ArrayLike) -> float:
    """What made pixels are less predictable from their neighbour than data's, in bits; below 0: more."""
    return neighbour_entropy(fake) - neighbour_entropy(real)


def pixel_gap(fake: ArrayLike, real: ArrayLike, held: ArrayLike) -> float:
    """R^2 on held data less that on fakes of a linear guess at a pixel from its 8 neighbours, fitted on data.

    0: fakes are as predictable; below 0: more so.  `ValueError` for pictures with a side under 3.
    """
    weights: Floats = np.linalg.lstsq(*_surrounded(real), rcond=None)[0].astype(np.float64)
    return _explained(weights, held) - _explained(weights, fake)


def spectrum(x: ArrayLike) -> Floats:
    """Power by frequency: the mean over each ring |f| = 0, 1, 2, ... up to half the shorter side, (rings,).

    Durall, Keuper and Keuper 2020, arXiv:2003.01826, equation 4.
    """
    found = _planes(x)
    height, width = found.shape[2:]
    side = min(height, width)
    power = np.square(np.abs(np.fft.fft2(found))).mean((0, 1))
    down, across = np.fft.fftfreq(height) * side, np.fft.fftfreq(width) * side
    ring = np.rint(np.hypot(down[:, None], across[None])).astype(int)
    inside = ring <= side // 2
    total = np.bincount(ring[inside], power[inside], side // 2 + 1)
    found_rings: Floats = total / np.bincount(ring[inside], minlength=side // 2 + 1)
    return found_rings


def spectrum_gap(fake: ArrayLike, real: ArrayLike) -> float:
    """The mean absolute log10 ratio of `spectrum` over the upper half of the frequencies.

    Power below 1e-9 of the data's total counts as that much, so that it is finite for a blank picture.
    """
    made, data = spectrum(fake), spectrum(real)
    upper, least = slice(len(data) // 2, None), 1e-9 * data.sum()
    ratio = np.maximum(made, least)[upper] / np.maximum(data, least)[upper]
    return float(np.abs(np.log10(ratio)).mean())


def _planes(x: ArrayLike) -> Floats:
    found = np.asarray(x, np.float64)
    if found.ndim != 4 or not found.size:
        raise ValueError(f"pictures (n, channels, height, width) are needed, not {found.shape}")
    return found


def _shifted(x: np.ndarray, shift: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Every pixel that has a partner `shift` further along `axis`, and its partner."""
    length = x.shape[axis]
    return np.take(x, range(length - shift), axis), np.take(x, range(shift, length), axis)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    one, other = a - a.mean(), b - b.mean()
    size = np.sqrt(np.square(one).mean() * np.square(other).mean())
    if np.isnan(size):
        return float("nan")
    return float((one * other).mean() / size) if size > 1e-9 else 0.0


def _surrounded(x: ArrayLike) -> tuple[Floats, Floats]:
    """Every inner pixel's 8 neighbours and a one, (pixels, 9), and the pixel itself, (pixels,)."""
    found = _planes(x)
    height, width = found.shape[2:]
    if min(height, width) < 3:
        raise ValueError(f"pictures of at least 3x3 pixels are needed, not {height}x{width}")
    around = [found[:, :, r : r + height - 2, c : c + width - 2].reshape(-1) for r, c in NEIGHBOURS]
    return np.stack([*around, np.ones_like(around[0])], 1), found[:, :, 1:-1, 1:-1].reshape(-1)


def _explained(weights: Floats, x: ArrayLike) -> float:
    """R^2, of the pixels' variance; 1 where they have none and are guessed, and never below -1."""
    around, pixels = _surrounded(x)
    wrong, spread = np.square(pixels - around @ weights).mean(), pixels.var()
    if np.isnan(spread):
        return float("nan")
    return float(max(-1.0, 1 - wrong / max(spread, 1e-9)))
