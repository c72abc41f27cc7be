"""Results of an evaluation and the protocol behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sparring.metrics.resampling import LEVEL, Estimate
from sparring.runs.files import finite


@dataclass(frozen=True)
class Metric:
    """One metric, with its value between two samples of real data."""

    estimate: Estimate
    floor: float
    """The same metric between disjoint parts of the reference, or on it, for a metric of one sample."""
    real_n: int
    """Number of data in each part."""
    better: str
    """"low", "high", or "as real"."""
    says: str
    """Description and source in one line."""


@dataclass(frozen=True)
class Protocol:
    """Everything besides the nets that the metrics depend on."""

    run: str
    recipe: str
    step: int
    weights: str
    """Weights of the generator: averaged or last."""
    data: str
    """Source of the reference."""
    split: str
    """Part of those data."""
    reference_n: int
    fakes_n: int
    asked_n: int
    seed: int
    features: str
    """Features that pictures are compared by; points are compared as they are."""
    dimensions: int
    checksum: str
    """SHA-256 of the features' weights; empty where there are none."""
    resize: str
    """How pictures are resized for the features."""
    floor: str
    """How the values of real data were computed."""
    notes: tuple[str, ...]
    """Remarks for the reader."""


@dataclass(frozen=True)
class Evaluation:
    """Metrics by name, and their common protocol."""

    protocol: Protocol
    numbers: Mapping[str, Metric]

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON; numbers that are not finite become null."""
        return {
            "protocol": {**asdict(self.protocol), "notes": list(self.protocol.notes)},
            "numbers": {name: _number_json(number) for name, number in self.numbers.items()},
        }


def _number_json(number: Metric) -> dict[str, Any]:
    estimate = number.estimate
    return {
        "value": finite(estimate.value),
        "low": finite(estimate.low),
        "high": finite(estimate.high),
        "interval": f"{LEVEL:.0%}, {estimate.method}",
        "real": finite(number.floor),
        "real_n": number.real_n,
        "better": number.better,
        "says": number.says,
    }
