"""Measures of motion: whether training goes somewhere, goes in circles, or flies off.

Each reads a short history of numbers, oldest first.
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
from sparring.metrics.distances import splits
from sparring.metrics.rows import Floats, alike, rows

CHECKS = 10
"""Checks that mode hopping is the mean over."""

DIRECTIONS = 64
"""Numbers that weights are projected to."""

CLIP = 1e-4
"""The least squared MMD that a ratio is taken of."""

STEEP, SURE = 100.0, 50.0
"""A gradient's norm and a logit's size beyond which training is flying off."""


def mode_hopping(histograms: Sequence[ArrayLike]) -> float:
    """Mean total variation between successive histograms (k,) of one set of latents, over the last 10 pairs.

    `ValueError` for fewer than two.
    """
    if len(histograms) < 2:
        raise ValueError("mode hopping needs at least two checks")
    steps = [total_variation(b, a) for a, b in pairwise(histograms[-CHECKS - 1 :])]
    return float(np.mean(steps))


def flip_rate(now: ArrayLike, before: ArrayLike) -> float:
    """The share of fixed latents whose sample lies in another cell than at the last check, in [0, 1]."""
    here, there = np.asarray(now), np.asarray(before)
    if here.shape != there.shape or here.ndim != 1 or not len(here):
        raise ValueError(f"cells of one set of latents (n,) are needed, not {here.shape} and {there.shape}")
    return float((here != there).mean())


def forgetting(old: ArrayLike) -> float:
    """The share of old fakes that the critic still tells, from their logits (n,) now: P(D < 1/2).

    Thanh-Tung and Tran 2018, arXiv:1807.04015.
    """
    return float((rows(old, "old") < 0).mean())


def squared_mmd(a: ArrayLike, b: ArrayLike, scale: float) -> float:
    """The unbiased squared maximum mean discrepancy of two samples, which may be below 0.

    The kernel is the mean of exp(-|x - y|^2 / 2 s^2) over s = scale / 4, scale / 2 and scale.
    Gretton et al. 2012, JMLR 13, equation 3.
    """
    one, other = alike(a, b)
    n, m = len(one), len(other)
    if min(n, m) < 2:
        raise ValueError(f"squared_mmd needs at least two samples of each, not {n} and {m}")
    inner = (_kernel(one, one, scale).sum() - n) / (n * (n - 1))
    outer = (_kernel(other, other, scale).sum() - m) / (m * (m - 1))
    return float(inner + outer - 2 * _kernel(one, other, scale).mean())


def mmd_floor(real: ArrayLike, scale: float, seed: int = 0) -> float:
    """The 95 % quantile of `squared_mmd` between random halves of real data (n, d), over 32 splits.

    `ValueError` for fewer than four data.
    """
    found = rows(real, "real")
    kernel, half = _kernel(found, found, scale), len(found) // 2
    np.fill_diagonal(kernel, 0.0)
    signs = splits(len(found), seed)
    one, other = (signs > 0).astype(float), (signs < 0).astype(float)
    within = [np.einsum("ns,ns->s", side, kernel @ side) / (half * (half - 1)) for side in (one, other)]
    across = np.einsum("ns,ns->s", one, kernel @ other) / half**2
    return float(np.quantile(within[0] + within[1] - 2 * across, 0.95))


def median_distance(real: ArrayLike) -> float:
    """The median distance of two data, a kernel's natural scale; never 0."""
    from scipy.spatial.distance import pdist  # here, for it takes long to import

    return max(float(np.median(pdist(rows(real, "real")))), 1e-12)


def ema_gap(last: float, averaged: float, floor: float = CLIP) -> float:
    """The squared MMD to data of the last weights' samples over that of the averaged weights'.

    Both are clipped at `floor`; give the data's own (`mmd_floor`), for a ratio of two chances alarms falsely.
    """
    least = max(floor, CLIP)
    return float(np.maximum(last, least) / np.maximum(averaged, least))  # a NaN stays one


def projected(weights: Sequence[Tensor], seed: int = 0) -> Floats:
    """64 fixed random sums of all weights, float64 (64,), on average as far apart as the weights are.

    Each weight is added with a random sign to one of 64 sums.  Charikar, Chen and Farach-Colton 2002, Finding
    frequent items in data streams.
    """
    flat = torch.cat([weight.detach().flatten().double().cpu() for weight in weights])
    draw = torch.Generator().manual_seed(seed)
    place = torch.randint(2 * DIRECTIONS, (len(flat),), generator=draw)
    sums = torch.zeros(2 * DIRECTIONS, dtype=torch.float64).index_add_(0, place, flat)
    found: Floats = (sums[:DIRECTIONS] - sums[DIRECTIONS:]).numpy()
    return found


def path_efficiency(path: Sequence[ArrayLike]) -> float:
    """How far the weights went over how long their way was, in [0, 1], from projections (d,).

    A random walk of 40 steps gives 0.16, a cycle 0; 1 where nothing moved.  `ValueError` for fewer than
    three.
    """
    if len(path) < 3:
        raise ValueError("path efficiency needs at least three places")
    places = np.stack([np.asarray(place, np.float64) for place in path])
    length = np.linalg.norm(np.diff(places, axis=0), axis=1).sum()
    return float(np.linalg.norm(places[-1] - places[0]) / length) if length != 0 else 1.0


def loss_cycle(losses: ArrayLike, shortest: int = 20) -> float:
    """The largest correlation of a loss with itself `shortest` or more places later, less its straight trend.

    Lags go to half the length; those before the correlation first falls below 0 are left out, for what is
    slow is no cycle.  0 for a constant loss, and where no such lag is; `ValueError` for fewer than 8 values.
    """
    from scipy.signal import detrend  # here, for it takes long to import

    found = rows(losses, "losses")[:, 0]
    if len(found) < 8:
        raise ValueError(f"a cycle needs at least 8 losses, not {len(found)}")
    if not np.isfinite(found).all():
        return float("nan")
    rest = detrend(found)
    if rest.std() <= 1e-9 * max(float(np.abs(found).max()), 1e-30):
        return 0.0
    lags = [_correlation(rest[:-lag], rest[lag:]) for lag in range(1, len(rest) // 2 + 1)]
    first = next((i for i, value in enumerate(lags) if value < 0), len(lags))
    return max(lags[max(first, shortest - 1) :], default=0.0)


def rises(gaps: Sequence[float]) -> int:
    """How often in a row a number, a duality gap say, has risen by now."""
    count = 0
    for before, after in pairwise(reversed(gaps)):
        if not before > after:
            break
        count += 1
    return count


def divergent(row: Mapping[str, float]) -> bool:
    """Whether an event's row tells of flying off: a value not finite, or a gradient's norm above 100."""
    steep = any(value > STEEP for name, value in row.items() if name.split(".")[-1] == GRADIENT)
    return steep or not np.isfinite(list(row.values())).all()


def _kernel(a: Floats, b: Floats, scale: float) -> Floats:
    from scipy.spatial.distance import cdist

    square = cdist(a, b, "sqeuclidean") / (2 * scale**2)
    wide = np.exp(-square)
    half = np.square(np.square(wide))  # halving the scale is the fourth power
    found: Floats = (wide + half + np.square(np.square(half))) / 3
    return found


def _correlation(a: Floats, b: Floats) -> float:
    one, other = a - a.mean(), b - b.mean()
    size = float(np.sqrt(np.square(one).sum() * np.square(other).sum()))
    return float(one @ other) / size if size else 0.0
