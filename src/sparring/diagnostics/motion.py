"""Measures of motion: whether training progresses, cycles or diverges.

Each takes a short history of numbers, oldest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from sparring.diagnostics.collapse import total_variation
from sparring.engine.game import GRADIENT
from sparring.metrics.distances import random_halves
from sparring.metrics.rows import Floats, matching_rows, rows

CHECKS = 10
"""Number of checks that mode hopping is averaged over."""

DIRECTIONS = 64
"""Number of random projections of the weights."""

CLIP = 1e-4
"""Lower bound of a squared MMD in a ratio."""

LARGE_GRADIENT, LARGE_LOGIT = 100.0, 50.0
"""The norm of a gradient and the size of a logit beyond which training diverges."""


def mode_hopping(histograms: Sequence[ArrayLike]) -> float:
    """Return the mean total variation between successive histograms, in [0, 1].

    Each histogram (k,) has the shares of cells among the samples of the same fixed latents. The total
    variation is half the sum of the absolute differences, and the mean is over the last 10 pairs.
    `ValueError` for fewer than two histograms.
    """
    if len(histograms) < 2:
        raise ValueError("mode hopping needs at least two checks")
    steps = [total_variation(b, a) for a, b in pairwise(histograms[-CHECKS - 1 :])]
    return float(np.mean(steps))


def flip_rate(now: ArrayLike, before: ArrayLike) -> float:
    """Return the share of fixed latents whose sample changed its cell since the last check, in [0, 1].

    `now` and `before` (n,) are the cells of the same latents. `ValueError` if the shapes differ or are empty.
    """
    here, there = np.asarray(now), np.asarray(before)
    if here.shape != there.shape or here.ndim != 1 or not len(here):
        raise ValueError(f"cells of one set of latents (n,) are needed, not {here.shape} and {there.shape}")
    return float((here != there).mean())


def forgetting(old: ArrayLike) -> float:
    """Return the share of old fakes that D still recognises: those with a logit below 0, D < 1/2.

    `old` (n,) are the present logits of fakes that G made earlier in the run.
    Thanh-Tung and Tran 2018, arXiv:1807.04015.
    """
    return float((rows(old, "old") < 0).mean())


def squared_mmd(a: ArrayLike, b: ArrayLike, scale: float) -> float:
    """Return the unbiased squared maximum mean discrepancy of two samples, which may be negative.

    The kernel is the mean of exp(-|x - y|^2 / (2 s^2)) over s = scale / 4, scale / 2 and scale; |.| is the
    Euclidean norm. `a` is (n, d), `b` (m, d). `ValueError` for fewer than two rows of either. Gretton et al.
    2012, JMLR 13, equation 3.
    """
    first, second = matching_rows(a, b)
    n, m = len(first), len(second)
    if min(n, m) < 2:
        raise ValueError(f"squared_mmd needs at least two samples of each, not {n} and {m}")
    inner = (_kernel(first, first, scale).sum() - n) / (n * (n - 1))
    outer = (_kernel(second, second, scale).sum() - m) / (m * (m - 1))
    return float(inner + outer - 2 * _kernel(first, second, scale).mean())


def mmd_floor(real: ArrayLike, scale: float, seed: int = 0) -> float:
    """Return the 95 % quantile of `squared_mmd` between random halves of real data (n, d), over 32 splits.

    `scale` is that of the kernel of `squared_mmd`. If n is odd each split omits a datum. `ValueError` for
    fewer than four data.
    """
    data = rows(real, "real")
    kernel, half = _kernel(data, data, scale), len(data) // 2
    np.fill_diagonal(kernel, 0.0)
    signs = random_halves(len(data), seed)
    first, second = (signs > 0).astype(float), (signs < 0).astype(float)
    within = [np.einsum("ns,ns->s", side, kernel @ side) / (half * (half - 1)) for side in (first, second)]
    across = np.einsum("ns,ns->s", first, kernel @ second) / half**2
    return float(np.quantile(within[0] + within[1] - 2 * across, 0.95))


def median_distance(real: ArrayLike) -> float:
    """Return the median Euclidean distance of two data, over all pairs of rows (n, d), at least 1e-12.

    It is the usual scale of a kernel.
    """
    from scipy.spatial.distance import pdist  # here, for it takes long to import

    return max(float(np.median(pdist(rows(real, "real")))), 1e-12)


def ema_gap(last: float, averaged: float, floor: float = CLIP) -> float:
    """Return max(last, f) / max(averaged, f) with f = max(floor, 1e-4); NaN where a value is NaN.

    `last` is the squared MMD to the data of samples from the last weights, `averaged` that of samples from
    averaged weights; above 1 the average is better. Pass `mmd_floor` of the data as `floor`: a ratio of two
    values within chance alarms falsely.
    """
    least = max(floor, CLIP)
    return float(np.maximum(last, least) / np.maximum(averaged, least))  # NaN propagates


def project_weights(weights: Sequence[Tensor], seed: int = 0) -> Floats:
    """Return 64 random sums of all entries of `weights`, float64 (64,), that preserve distances on average.

    Each entry is added with a random sign to one of the 64 sums. Signs and sums are the same for the same
    seed and the same number of entries, so that results of different steps can be compared. Charikar, Chen
    and Farach-Colton 2002, Finding frequent items in data streams.
    """
    flat = torch.cat([weight.detach().flatten().double().cpu() for weight in weights])
    draw = torch.Generator().manual_seed(seed)
    place = torch.randint(2 * DIRECTIONS, (len(flat),), generator=draw)
    sums = torch.zeros(2 * DIRECTIONS, dtype=torch.float64).index_add_(0, place, flat)
    projections: Floats = (sums[:DIRECTIONS] - sums[DIRECTIONS:]).numpy()
    return projections


def path_efficiency(path: Sequence[ArrayLike]) -> float:
    """Return the distance between the two ends of a path over the length of the path, in [0, 1].

    `path` is a sequence of places (d,), such as projected weights; the length is the sum of the distances of
    successive places. A random walk of 40 steps gives 0.16, a closed cycle 0, a straight line 1; 1 also where
    nothing moved. `ValueError` for fewer than three places.
    """
    if len(path) < 3:
        raise ValueError("path efficiency needs at least three places")
    places = np.stack([np.asarray(place, np.float64) for place in path])
    length = np.linalg.norm(np.diff(places, axis=0), axis=1).sum()
    return float(np.linalg.norm(places[-1] - places[0]) / length) if length != 0 else 1.0


def loss_cycle(losses: ArrayLike, shortest: int = 20) -> float:
    """Return the largest autocorrelation of a detrended loss at lags of `shortest` or more, in [-1, 1].

    `losses` is (n,), and a lag is a number of places in it. The linear trend is removed first. Lags go up to
    n / 2. Lags before the correlation first falls below 0 are left out, since a slow change is not a cycle. 0
    for a constant loss, and where no lag is left; NaN where a value is not finite. `ValueError` for fewer
    than 8 values.
    """
    from scipy.signal import detrend  # here, for it takes long to import

    values = rows(losses, "losses")[:, 0]
    if len(values) < 8:
        raise ValueError(f"a cycle needs at least 8 losses, not {len(values)}")
    if not np.isfinite(values).all():
        return float("nan")
    detrended = detrend(values)
    if detrended.std() <= 1e-9 * max(float(np.abs(values).max()), 1e-30):
        return 0.0
    lags = [_correlation(detrended[:-lag], detrended[lag:]) for lag in range(1, len(detrended) // 2 + 1)]
    first = next((i for i, value in enumerate(lags) if value < 0), len(lags))
    return max(lags[max(first, shortest - 1) :], default=0.0)


def count_rises(gaps: Sequence[float]) -> int:
    """Return how many consecutive rises end a sequence: 2 for (5, 1, 2, 4), 0 for (1, 2, 2)."""
    count = 0
    for before, after in pairwise(reversed(gaps)):
        if not before > after:
            break
        count += 1
    return count


def is_divergent(row: Mapping[str, float]) -> bool:
    """Return whether a row of the event log has a value that is not finite, or a gradient norm above 100.

    The gradient norm of a turn has the key "turn.gradient".
    """
    steep = any(value > LARGE_GRADIENT for name, value in row.items() if name.split(".")[-1] == GRADIENT)
    return steep or not np.isfinite(list(row.values())).all()


def _kernel(a: Floats, b: Floats, scale: float) -> Floats:
    from scipy.spatial.distance import cdist

    square = cdist(a, b, "sqeuclidean") / (2 * scale**2)
    wide = np.exp(-square)
    half = np.square(np.square(wide))  # halving the scale is the fourth power
    mean: Floats = (wide + half + np.square(np.square(half))) / 3
    return mean


def _correlation(a: Floats, b: Floats) -> float:
    first, second = a - a.mean(), b - b.mean()
    size = float(np.sqrt(np.square(first).sum() * np.square(second).sum()))
    return float(first @ second) / size if size else 0.0
