"""Metrics of generated points against real ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from sparring.data.toys import grid25_modes, ring8_modes
from sparring.metrics.distances import SPLITS, energy_distance, energy_floor
from sparring.metrics.kernel import energy_jackknife
from sparring.metrics.modes import FEWEST, SHARE, mode_score
from sparring.metrics.resampling import Estimate, jackknife, quantile_interval
from sparring.metrics.rows import Floats
from sparring.tasks.evaluate.report import Metric

RESAMPLES = 200
"""Number of bootstrap samples for the modes."""

FLOOR = f"energy: two disjoint halves of the reference, the mean over {SPLITS} halvings; modes: the reference"


@dataclass(frozen=True)
class Mixture:
    """A known Gaussian mixture: means (k, d) and the standard deviation that all modes share."""

    means: Callable[[], np.ndarray]
    std: float


MIXTURES = {
    "ring8": Mixture(ring8_modes, 0.02),
    "grid25": Mixture(grid25_modes, 0.05),
    "mix1d": Mixture(lambda: np.array([[-1.0], [1.0]]), 0.3),
}

DESCRIPTIONS = {
    "modes": ("high", "modes, of {modes}, with at least {share:.1%} of the fakes (Metz 2016)"),
    "quality": ("as real", "fakes within 3 standard deviations of a mode"),
    "divergence": ("low", "KL(the fakes' modes || the truth), nats"),
}


def point_metrics(fake: np.ndarray, real: np.ndarray, spec: str, seed: int) -> dict[str, Metric]:
    """Return metrics of fakes (n, d) against data (m, d), by name, with interval and value on real data.

    Always "energy", the energy distance.  If `spec` is "ring8", "grid25" or "mix1d", and both have 250 points
    or more, also "modes" (the number that the fakes reach), "quality" (share of fakes within 3 standard
    deviations of a mode) and "divergence" (KL(shares of the fakes' modes || true shares), in nats).  `seed`
    draws the bootstrap and the halves of real data.
    """
    estimate = jackknife(energy_distance(fake, real), energy_jackknife(fake, real))
    bounded = Estimate(estimate.value, max(0.0, estimate.low), estimate.high, estimate.method)
    says = "energy distance, in units of the data (Szekely and Rizzo 2013); falls as n grows"
    numbers = {"energy": Metric(bounded, energy_floor(real, seed), len(real) // 2, "low", says)}
    if spec in MIXTURES and min(len(fake), len(real)) >= FEWEST:
        numbers |= _modes(fake, real, MIXTURES[spec], seed)
    return numbers


def _modes(fake: np.ndarray, real: np.ndarray, mixture: Mixture, seed: int) -> dict[str, Metric]:
    means = mixture.means()

    def scores(x: np.ndarray) -> dict[str, float]:
        return asdict(mode_score(x, means, mixture.std))

    draw, fakes, truth = np.random.default_rng(seed), scores(fake), scores(real)
    resampled = [scores(fake[draw.integers(len(fake), size=len(fake))]) for _ in range(RESAMPLES)]
    numbers = {}
    for name, (better, says) in DESCRIPTIONS.items():
        description = says.format(modes=len(means), share=SHARE)
        interval = _percentiles(fakes[name], np.array([row[name] for row in resampled]))
        numbers[name] = Metric(interval, truth[name], len(real), better, description)
    return numbers


def _percentiles(value: float, resampled: Floats) -> Estimate:
    finite = np.isfinite(resampled).all()  # the divergence is infinite where no point is near a mode
    low, high = quantile_interval(resampled) if finite else (value, value)
    return Estimate(float(value), low, high, f"percentile bootstrap, {RESAMPLES} resamples")
