"""Measures of pixel context: whether neighbouring pixels of samples are related as those of data are.

Pictures are float arrays (n, channels, height, width) in [-1, 1]; each channel is treated by itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats

SHIFTS = (1, 2, 4)
"""Distances in pixels at which pixels are compared, where the picture is large enough."""

BINS = 8
"""Number of grey levels for the entropy."""

NEIGHBOURS = tuple((r, c) for r in range(3) for c in range(3) if (r, c) != (1, 1))


def range_gap(fake: ArrayLike, real: ArrayLike) -> float:
    """Return (|l' - l| + |h' - h|) / 2 / (h - l): how far the range of fakes is from that of the data.

    l and h are the 1 % and 99 % quantiles of all pixels of the data `real`, l' and h' those of `fake`. Data
    halved to [0, 1] against data that fill [-1, 1] give 1/4.
    """
    made, data = (np.quantile(np.asarray(x, np.float64), [0.01, 0.99]) for x in (fake, real))
    return float(np.abs(made - data).mean() / max(data[1] - data[0], 1e-12))


def completion_ratio(errors: ArrayLike, nearest: ArrayLike) -> float:
    """Return mean(errors) / mean(nearest): below 1, inpainting is better than a copy from the training data.

    `errors` (n,) are those of inpainted holes (`hole_errors`), `nearest` (n,) those of the same holes filled
    from the nearest training picture (`nearest_errors`).
    """
    return float(np.mean(np.asarray(errors, np.float64)) / np.mean(np.asarray(nearest, np.float64)))


def hole_errors(filled: ArrayLike, truth: ArrayLike, missing: ArrayLike) -> Floats:
    """Return the mean absolute error over the hole of each picture, (n,), over all channels.

    `filled` and `truth` are pictures (n, channels, height, width). `missing`, bool (n, height, width) or
    (height, width) for all, is True in the hole. `ValueError` where a picture has no hole.
    """
    true_planes = _planes(truth)
    hole = np.broadcast_to(np.asarray(missing, bool), (len(true_planes), *true_planes.shape[2:]))
    count = hole.sum((1, 2))
    if (count == 0).any():
        raise ValueError("every picture needs at least one missing pixel")
    error: Floats = (np.abs(_planes(filled) - true_planes).mean(1) * hole).sum((1, 2)) / count
    return error


def nearest_errors(truth: ArrayLike, missing: ArrayLike, training: ArrayLike) -> Floats:
    """Return the mean absolute error (n,) over holes that are filled from the nearest training picture.

    The nearest picture of `training` (m, channels, height, width) has the least sum of absolute differences
    from the picture of `truth` (n, channels, height, width) over the known pixels. `missing` and errors as in
    `hole_errors`.
    """
    from scipy.spatial.distance import cdist  # here, for it takes long to import

    true_planes, candidates = _planes(truth), _planes(training)
    hole = np.broadcast_to(np.asarray(missing, bool), (len(true_planes), *true_planes.shape[2:]))
    filled = np.empty_like(true_planes)
    for mask in np.unique(hole, axis=0):
        with_mask = (hole == mask).all((1, 2))
        known = np.broadcast_to(~mask, true_planes.shape[1:]).reshape(-1)
        apart = cdist(
            true_planes[with_mask].reshape(with_mask.sum(), -1)[:, known],
            candidates.reshape(len(candidates), -1)[:, known],
            "cityblock",
        )
        filled[with_mask] = candidates[apart.argmin(1)]
    return hole_errors(filled, true_planes, hole)


def correlations(x: ArrayLike) -> Floats:
    """Return the correlations of pixels 1, 2 and 4 apart: (6,), across and down for each distance.

    Each is one correlation over all pictures (n, channels, height, width), channels and positions. A distance
    that does not fit into the width or height is left out there. 0 where all pixels are equal.
    """
    planes = _planes(x)
    sides = [(shift, axis) for shift in SHIFTS for axis in (3, 2) if shift < planes.shape[axis]]
    return np.array([_correlation(*_shifted_pairs(planes, shift, axis)) for shift, axis in sides])


def correlation_gap(fake: ArrayLike, real: ArrayLike) -> float:
    """Return the mean absolute difference of `correlations` of fakes and data, in [0, 2].

    These are the correlations of pixels 1, 2 and 4 apart, across and down.
    """
    return float(np.abs(correlations(fake) - correlations(real)).mean())


def neighbour_entropy(x: ArrayLike) -> float:
    """Return H(pixel | left neighbour), the conditional entropy of a pixel, in bits, in [0, 3].

    Pixels in [-1, 1] are first sorted into 8 equally wide grey levels. The distribution is that over all
    pictures (n, channels, height, width), channels and positions. NaN where a pixel is not finite.
    """
    planes = _planes(x)
    if not np.isfinite(planes).all():
        return float("nan")
    level = np.clip(((planes + 1) / 2 * BINS).astype(np.int64), 0, BINS - 1)
    left, right = _shifted_pairs(level, 1, 3)
    table = np.bincount((left * BINS + right).reshape(-1), minlength=BINS**2).reshape(BINS, BINS)
    joint = table / table.sum()
    before = joint.sum(1, keepdims=True)
    occupied = joint > 0
    return max(
        0.0, float(-(joint[occupied] * np.log2((joint / np.where(before > 0, before, 1))[occupied])).sum())
    )


def entropy_gap(fake: ArrayLike, real: ArrayLike) -> float:
    """Return `neighbour_entropy(fake) - neighbour_entropy(real)`, in bits, in [-3, 3].

    It is positive where a pixel of a fake is harder to predict from the left neighbour than one of the data.
    """
    return neighbour_entropy(fake) - neighbour_entropy(real)


def pixel_gap(fake: ArrayLike, real: ArrayLike, held_out: ArrayLike) -> float:
    """Return R^2 on held-out data minus R^2 on fakes of a linear prediction of a pixel from its 8 neighbours.

    The prediction, with a constant term, is fitted by least squares on `real`. Each R^2 is at least -1. 0:
    fakes are as predictable as data; below 0: more predictable. All are pictures (n, channels, height,
    width). `ValueError` for pictures with a side under 3.
    """
    weights: Floats = np.linalg.lstsq(*_neighbourhoods(real), rcond=None)[0].astype(np.float64)
    return _r_squared(weights, held_out) - _r_squared(weights, fake)


def spectrum(x: ArrayLike) -> Floats:
    """Return power by frequency, the mean over each ring |f| = 0, 1, 2, ..., (side // 2 + 1,).

    Power is |FFT|^2, averaged over pictures and channels. |f| is in cycles per `side`, the shorter side of
    the picture, rounded to whole numbers; higher frequencies are left out. Durall, Keuper and Keuper 2020,
    arXiv:2003.01826, equation 4.
    """
    planes = _planes(x)
    height, width = planes.shape[2:]
    side = min(height, width)
    power = np.square(np.abs(np.fft.fft2(planes))).mean((0, 1))
    down, across = np.fft.fftfreq(height) * side, np.fft.fftfreq(width) * side
    ring = np.rint(np.hypot(down[:, None], across[None])).astype(int)
    inside = ring <= side // 2
    total = np.bincount(ring[inside], power[inside], side // 2 + 1)
    mean_power: Floats = total / np.bincount(ring[inside], minlength=side // 2 + 1)
    return mean_power


def spectrum_gap(fake: ArrayLike, real: ArrayLike) -> float:
    """Return the mean of |log10(power of fakes / power of data)| over the upper half of the frequencies.

    Power by frequency is that of `spectrum`, clipped from below at 1e-9 of the data's total, so that the
    result is finite for a blank picture.
    """
    made, data = spectrum(fake), spectrum(real)
    upper, least = slice(len(data) // 2, None), 1e-9 * data.sum()
    ratio = np.maximum(made, least)[upper] / np.maximum(data, least)[upper]
    return float(np.abs(np.log10(ratio)).mean())


def _planes(x: ArrayLike) -> Floats:
    planes = np.asarray(x, np.float64)
    if planes.ndim != 4 or not planes.size:
        raise ValueError(f"pictures (n, channels, height, width) are needed, not {planes.shape}")
    return planes


def _shifted_pairs(x: np.ndarray, shift: int, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Return every pixel with a partner `shift` further along `axis`, and its partner."""
    length = x.shape[axis]
    return np.take(x, range(length - shift), axis), np.take(x, range(shift, length), axis)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    first, second = a - a.mean(), b - b.mean()
    size = np.sqrt(np.square(first).mean() * np.square(second).mean())
    if np.isnan(size):
        return float("nan")
    return float((first * second).mean() / size) if size > 1e-9 else 0.0


def _neighbourhoods(x: ArrayLike) -> tuple[Floats, Floats]:
    """Return every inner pixel's 8 neighbours and a 1, (pixels, 9), and the pixel itself, (pixels,)."""
    planes = _planes(x)
    height, width = planes.shape[2:]
    if min(height, width) < 3:
        raise ValueError(f"pictures of at least 3x3 pixels are needed, not {height}x{width}")
    around = [planes[:, :, r : r + height - 2, c : c + width - 2].reshape(-1) for r, c in NEIGHBOURS]
    return np.stack([*around, np.ones_like(around[0])], 1), planes[:, :, 1:-1, 1:-1].reshape(-1)


def _r_squared(weights: Floats, x: ArrayLike) -> float:
    """Return R^2 of the prediction, at least -1; 1 for constant pixels that are predicted exactly."""
    around, pixels = _neighbourhoods(x)
    wrong, spread = np.square(pixels - around @ weights).mean(), pixels.var()
    if np.isnan(spread):
        return float("nan")
    return float(max(-1.0, 1 - wrong / max(spread, 1e-9)))
