"""How sure a number is: what it would have been on other samples of the same size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, rows

LEVEL = 0.95
"""The share of intervals that are to cover the truth."""

RESAMPLES = 1000
"""Bootstrap samples."""

GROUPS = 10
"""Groups that a jackknife leaves out in turn."""

CHUNK = 2**20
"""Numbers drawn at once."""


@dataclass(frozen=True)
class Estimate:
    """A number with the ends of its 95 % interval and how they were found."""

    value: float
    low: float
    high: float
    method: str


def bootstrapped(values: ArrayLike, seed: int = 0) -> Estimate:
    """The mean of independent values (n,) with the percentile interval of 1000 bootstrap samples of them.

    Efron 1979, Bootstrap methods: another look at the jackknife.
    """
    found = rows(values, "values")[:, 0]
    draw, step = np.random.default_rng(seed), max(1, CHUNK // len(found))
    counts = [min(step, RESAMPLES - done) for done in range(0, RESAMPLES, step)]
    means = np.concatenate([found[draw.integers(len(found), size=(k, len(found)))].mean(1) for k in counts])
    low, high = ends(means)
    return Estimate(float(found.mean()), low, high, f"percentile bootstrap, {RESAMPLES} resamples")


def ends(replicates: ArrayLike) -> tuple[float, float]:
    """The 2.5 % and the 97.5 % quantile of a number's bootstrap replicates."""
    low, high = np.quantile(np.asarray(replicates, np.float64), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def jackknifed(value: float, left_out: Sequence[float]) -> Estimate:
    """A number with the interval that its values without each of g groups give: Student's t, g - 1 degrees.

    Unlike a bootstrap it repeats no sample, which would push a Frechet distance up and break a kernel
    distance's lack of bias.  Shao and Tu 1995, The Jackknife and Bootstrap, section 2.3.
    """
    found, groups = np.asarray(left_out, np.float64), len(left_out)
    error = np.sqrt((groups - 1) / groups * np.square(found - found.mean()).sum())
    return _student(value, float(error), groups, f"jackknife over {groups} groups")


def split_mean(values: ArrayLike) -> Estimate:
    """The mean of a number over disjoint splits (k,), k >= 2, with Student's t interval, k - 1 degrees."""
    found = rows(values, "values")[:, 0]
    error = found.std(ddof=1) / np.sqrt(len(found))
    return _student(float(found.mean()), float(error), len(found), f"t over {len(found)} disjoint splits")


def grouped(x: Floats, groups: int = GROUPS) -> list[Floats]:
    """Rows (n, d), independent of each other, in consecutive groups of nearly equal size.

    `ValueError` for fewer than two rows a group.
    """
    if len(x) < 2 * groups:
        raise ValueError(f"{groups} groups need at least {2 * groups} rows, not {len(x)}")
    return np.array_split(x, groups)


def _student(value: float, error: float, k: int, method: str) -> Estimate:
    from scipy.stats import t  # here, for it takes long to import

    wide = float(t.ppf((1 + LEVEL) / 2, k - 1)) * error
    return Estimate(value, value - wide, value + wide, method)
