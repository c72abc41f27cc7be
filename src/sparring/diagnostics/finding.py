"""What a number means: a gauge with its limits, and what is found on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad; larger is worse."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True)
class Limits:
    """The range that is still well, ends included; None: no limit on that side."""

    low: float | None = None
    high: float | None = None

    def hold(self, value: float) -> bool:
        """Whether `value` lies within; never where it is not a number."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        low = "" if self.low is None else f"below {self.low:g}"
        high = "" if self.high is None else f"above {self.high:g}"
        return " or ".join(part for part in (low, high) if part)


@dataclass(frozen=True)
class Gauge:
    """One measure with the limits beyond which it warns and fails."""

    name: str
    says: str
    """What it says, in one sentence, unit and range included."""
    source: str
    """Paper, or "house" for a number of our own."""
    warn: Limits | None = None
    fail: Limits | None = None
    """None: it never does."""
    only_with: tuple[str, ...] = ()
    """Gauges of which one must alarm too before this one may; empty: it alarms alone."""

    def level(self, value: float) -> Level:
        """The level of `value` by itself; a number that is none fails."""
        if math.isnan(value) or (self.fail is not None and not self.fail.hold(value)):
            return Level.FAIL
        return Level.WARN if self.warn is not None and not self.warn.hold(value) else Level.OK


@dataclass(frozen=True)
class Finding:
    """A gauge's value in a run, how bad it is, and why."""

    gauge: Gauge
    value: float
    level: Level
    why: str = ""
    """The limit that is passed, or why an alarm is held back; empty where all is well."""


def findings(values: Mapping[str, float], gauges: Iterable[Gauge]) -> list[Finding]:
    """What the values say, the worst first, in the order of `gauges` otherwise.

    Gauges without a value are left out: what cannot be measured is not well either.
    """
    there = [gauge for gauge in gauges if gauge.name in values]
    alone = {gauge.name: gauge.level(values[gauge.name]) for gauge in there}
    found = [_finding(gauge, values[gauge.name], alone) for gauge in there]
    return sorted(found, key=lambda one: -one.level)


def _finding(gauge: Gauge, value: float, alone: Mapping[str, Level]) -> Finding:
    level = alone[gauge.name]
    if level is Level.OK:
        return Finding(gauge, value, level)
    if math.isnan(value):
        return Finding(gauge, value, level, "not a number: a sample, score or weight is not finite")
    others = [alone.get(name, Level.OK) for name in gauge.only_with]
    if others and max(others) is Level.OK:
        held = f"held back: {' and '.join(gauge.only_with)} do not alarm"
        return Finding(gauge, value, Level.OK, held)
    return Finding(gauge, value, level, str(gauge.fail if level is Level.FAIL else gauge.warn))
