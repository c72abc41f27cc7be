"""Null distribution of a measure: its values between two samples of the same distribution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.distances import random_halves
from sparring.metrics.rows import Floats, rows

Measure = Callable[[Floats, Floats], float]
"""Maps two samples, generated rows (n, d) first, to a number."""


@dataclass(frozen=True)
class Band:
    """The range of a measure between samples of one distribution."""

    low: float
    high: float
    mean: float

    def holds(self, value: float) -> bool:
        """Return whether `value` is within the range, ends included; False for NaN."""
        return self.low <= value <= self.high


def null_band(measure: Measure, real: ArrayLike, inner: float = 0.9, seed: int = 0) -> Band:
    """Return the range that holds the central `inner` share of the values of `measure` on one distribution.

    The values are `measure(first, second)` of 32 random splits of `real` (n, ...) into two halves of n/2
    rows, flattened to (n/2, d): `low` and `high` are their quantiles (1 - inner) / 2 and (1 + inner) / 2,
    `mean` their mean. The range is wider than that of n against n. `ValueError` for fewer than four data, and
    for a measure that is not finite on them.
    """
    data = rows(real, "real")
    values = [measure(data[side > 0], data[side < 0]) for side in random_halves(len(data), seed).T]
    if not np.isfinite(values).all():
        raise ValueError("this measure is not finite on halves of the data: too few data, or none in a cell")
    low, high = np.quantile(values, [(1 - inner) / 2, (1 + inner) / 2])
    return Band(float(low), float(high), float(np.mean(values)))


def multinomial_band(
    measure: Callable[[Floats], float], shares: ArrayLike, n: int, inner: float = 0.98, seed: int = 0
) -> Band:
    """Return the range that holds the central `inner` share of the values of `measure` by chance alone.

    The values are those of 2000 random histograms of `n` draws from cells with the probabilities `shares`
    (k,); `measure` takes a histogram as shares (k,), in sum 1. `low` and `high` are the quantiles (1 - inner)
    / 2 and (1 + inner) / 2 of the values, so that `high` is the 99 % quantile by default.
    """
    draws = np.random.default_rng(seed).multinomial(n, np.asarray(shares, np.float64), 2000)
    values = [measure(draw / n) for draw in draws]
    low, high = np.quantile(values, [(1 - inner) / 2, (1 + inner) / 2])
    return Band(float(low), float(high), float(np.mean(values)))
