"""Confidence intervals of metrics by resampling: bootstrap, jackknife, disjoint splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, rows

LEVEL = 0.95
"""Confidence level of the intervals."""

RESAMPLES = 1000
"""Number of bootstrap samples."""

GROUPS = 10
"""Number of groups that a jackknife omits in turn."""

CHUNK = 2**20
"""Random numbers in memory at once."""


@dataclass(frozen=True)
class Estimate:
    """A number with the ends of its 95 % interval, and the name of the method that gave the interval.

    >>> Estimate(0.5, 0.4, 0.6, "bootstrap").high
    0.6
    """

    value: float
    low: float
    high: float
    method: str


def bootstrap(values: ArrayLike, seed: int = 0) -> Estimate:
    """Return the mean of independent values (n,) with the percentile interval of 1000 bootstrap samples.

    The interval reaches from the 2.5 % to the 97.5 % quantile of the means of n values drawn with
    replacement.  Efron 1979, Bootstrap methods: another look at the jackknife.

    >>> estimate = bootstrap([0.0, 1.0] * 50)
    >>> estimate.value, round(estimate.low, 1), round(estimate.high, 1)
    (0.5, 0.4, 0.6)
    """
    x = rows(values, "values")[:, 0]
    draw, step = np.random.default_rng(seed), max(1, CHUNK // len(x))
    counts = [min(step, RESAMPLES - done) for done in range(0, RESAMPLES, step)]
    means = np.concatenate([x[draw.integers(len(x), size=(k, len(x)))].mean(1) for k in counts])
    low, high = quantile_interval(means)
    return Estimate(float(x.mean()), low, high, f"percentile bootstrap, {RESAMPLES} resamples")


def quantile_interval(replicates: ArrayLike) -> tuple[float, float]:
    """Return the 2.5 % and the 97.5 % quantile of a number's bootstrap replicates."""
    low, high = np.quantile(np.asarray(replicates, np.float64), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def jackknife(value: float, leave_out_values: Sequence[float]) -> Estimate:
    """Return `value` with its 95 % jackknife interval, from its values without each of g groups of the data.

    `leave_out_values` has the g >= 2 values r_i of the same number, each computed without one group.  The
    interval is value +- t s, with s^2 = (g - 1) / g * sum_i (r_i - mean r)^2 and t the 97.5 % quantile of
    Student's t with g - 1 degrees of freedom.  Unlike a bootstrap it repeats no sample, which would increase
    a Frechet distance and bias a kernel distance.  Shao and Tu 1995, The Jackknife and Bootstrap, section
    2.3.

    >>> jackknife(0.5, [0.45, 0.5, 0.55]).value
    0.5
    """
    replicates, groups = np.asarray(leave_out_values, np.float64), len(leave_out_values)
    error = np.sqrt((groups - 1) / groups * np.square(replicates - replicates.mean()).sum())
    return _student(value, float(error), groups, f"jackknife over {groups} groups")


def split_mean(values: ArrayLike) -> Estimate:
    """Return the mean of values from k >= 2 disjoint splits of the data, (k,), with a 95 % interval.

    The interval is mean +- t s / sqrt(k), with the standard deviation s (divisor k - 1) and t the 97.5 %
    quantile of Student's t with k - 1 degrees of freedom.
    """
    x = rows(values, "values")[:, 0]
    error = x.std(ddof=1) / np.sqrt(len(x))
    return _student(float(x.mean()), float(error), len(x), f"t over {len(x)} disjoint splits")


def split_into_groups(x: Floats, groups: int = GROUPS) -> list[Floats]:
    """Return rows (n, d), which must be independent, split into consecutive groups of nearly equal size.

    Raises `ValueError` for fewer than two rows per group.
    """
    if len(x) < 2 * groups:
        raise ValueError(f"{groups} groups need at least {2 * groups} rows, not {len(x)}")
    return np.array_split(x, groups)


def _student(value: float, error: float, k: int, method: str) -> Estimate:
    from scipy.stats import t  # here, for it takes long to import

    wide = float(t.ppf((1 + LEVEL) / 2, k - 1)) * error
    return Estimate(value, value - wide, value + wide, method)
