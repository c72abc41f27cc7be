"""How far two samples of the same truth are apart: what a perfect generator would read on a measure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.distances import splits
from sparring.metrics.rows import Floats, rows

Measure = Callable[[Floats, Floats], float]
"""A number of two samples as rows, made ones (n, d) first."""


@dataclass(frozen=True)
class Band:
    """Where a measure lies between samples of one truth."""

    low: float
    high: float
    mean: float

    def holds(self, value: float) -> bool:
        """Whether `value` is what chance gives too."""
        return self.low <= value <= self.high


def null_band(measure: Measure, real: ArrayLike, inner: float = 0.9, seed: int = 0) -> Band:
    """The middle `inner` part of `measure` between random halves of `real` (n, ...), over 32 splits.

    It is the band of n/2 samples against n/2: wider than that of n against n.  `ValueError` for fewer than
    four data, and for a measure that is not finite on them.
    """
    found = rows(real, "real")
    values = [measure(found[side > 0], found[side < 0]) for side in splits(len(found), seed).T]
    if not np.isfinite(values).all():
        raise ValueError("this measure is not finite on halves of the data: too few data, or none in a cell")
    low, high = np.quantile(values, [(1 - inner) / 2, (1 + inner) / 2])
    return Band(float(low), float(high), float(np.mean(values)))


def drawn_band(
    measure: Callable[[Floats], float], shares: ArrayLike, n: int, inner: float = 0.98, seed: int = 0
) -> Band:
    """The band of a measure of a histogram (k,) of `n` true draws from cells with `shares` (k,), 2000 draws.

    Its upper end at the default is the 99 % quantile.
    """
    draws = np.random.default_rng(seed).multinomial(n, np.asarray(shares, np.float64), 2000)
    values = [measure(draw / n) for draw in draws]
    low, high = np.quantile(values, [(1 - inner) / 2, (1 + inner) / 2])
    return Band(float(low), float(high), float(np.mean(values)))
