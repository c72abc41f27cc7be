"""What an evaluation found, and by which protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from sparring.metrics.resampling import LEVEL, Estimate


@dataclass(frozen=True)
class Number:
    """One number, with what two real samples would have scored."""

    estimate: Estimate
    floor: float
    """The same number between disjoint parts of the reference; where it is of one sample, of real data."""
    floor_n: int
    """Data in each part."""
    better: str
    """"low", "high", or "as real"."""
    says: str
    """What it is, and whose, in a line."""


@dataclass(frozen=True)
class Protocol:
    """Everything that a number depends on besides the nets."""

    run: str
    recipe: str
    step: int
    weights: str
    """Which weights of the generator: averaged or last."""
    data: str
    """Where the reference comes from."""
    split: str
    """Which part of those data it is."""
    reference_n: int
    fakes_n: int
    asked_n: int
    seed: int
    features: str
    """What pictures are compared by; points are compared as they are."""
    dimensions: int
    checksum: str
    """SHA-256 of the features' weights; empty where there are none."""
    resize: str
    """How pictures are brought to the features' size."""
    floor: str
    """How the column of real data was found."""
    notes: tuple[str, ...]
    """What a reader should know."""


@dataclass(frozen=True)
class Evaluation:
    """Numbers by name, and the protocol that they all share."""

    protocol: Protocol
    numbers: Mapping[str, Number]

    def as_json(self) -> dict[str, Any]:
        """All of it; a number that is not finite is null."""
        return {
            "protocol": {**asdict(self.protocol), "notes": list(self.protocol.notes)},
            "numbers": {name: _told(number) for name, number in self.numbers.items()},
        }


def _told(number: Number) -> dict[str, Any]:
    found = number.estimate
    return {
        "value": _finite(found.value),
        "low": _finite(found.low),
        "high": _finite(found.high),
        "interval": f"{LEVEL:.0%}, {found.method}",
        "real": _finite(number.floor),
        "real_n": number.floor_n,
        "better": number.better,
        "says": number.says,
    }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
