"""Gauges with limits, and the findings that their values give."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """Severity; larger is worse."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True)
class Limits:
    """A range of healthy values, ends included; None: no limit on that side."""

    low: float | None = None
    high: float | None = None

    def contain(self, value: float) -> bool:
        """Return whether `value` lies within the limits; False for NaN, unless there is no limit at all."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        low = "" if self.low is None else f"below {self.low:g}"
        high = "" if self.high is None else f"above {self.high:g}"
        return " or ".join(part for part in (low, high) if part)


@dataclass(frozen=True)
class Gauge:
    """A measure with the limits beyond which it warns and fails."""

    name: str
    says: str
    """Meaning in one sentence, with unit and range."""
    source: str
    """Paper, or "house" for a measure of this project."""
    warn: Limits | None = None
    fail: Limits | None = None
    """`warn` and `fail` None: it never warns, or never fails."""
    only_with: tuple[str, ...] = ()
    """It alarms only together with one of these gauges; empty: it alarms alone."""

    def level(self, value: float) -> Level:
        """Return the level of `value`, regardless of other gauges (`only_with`); NaN fails."""
        if math.isnan(value) or (self.fail is not None and not self.fail.contain(value)):
            return Level.FAIL
        return Level.WARN if self.warn is not None and not self.warn.contain(value) else Level.OK


@dataclass(frozen=True)
class Finding:
    """A gauge's value in a run, its level, and the reason."""

    gauge: Gauge
    value: float
    level: Level
    why: str = ""
    """The limit that is exceeded, or why an alarm is held back; empty for healthy values."""


def findings(values: Mapping[str, float], gauges: Iterable[Gauge]) -> list[Finding]:
    """Return the findings for these values, worst first, and otherwise in the order of `gauges`.

    `values` has a value by name of the gauge. Gauges without a value are left out: missing measurements say
    nothing. An alarm of a gauge with `only_with` is lowered to OK if none of those gauges alarms.
    """
    measured = [gauge for gauge in gauges if gauge.name in values]
    alone = {gauge.name: gauge.level(values[gauge.name]) for gauge in measured}
    results = [_finding(gauge, values[gauge.name], alone) for gauge in measured]
    return sorted(results, key=lambda finding: -finding.level)


def _finding(gauge: Gauge, value: float, alone: Mapping[str, Level]) -> Finding:
    level = alone[gauge.name]
    if level is Level.OK:
        return Finding(gauge, value, level)
    if math.isnan(value):
        return Finding(gauge, value, level, "not a number: a sample, score or weight is not finite")
    others = [alone.get(name, Level.OK) for name in gauge.only_with]
    if others and max(others) is Level.OK:
        why = f"held back: {' and '.join(gauge.only_with)} do not alarm"
        return Finding(gauge, value, Level.OK, why)
    return Finding(gauge, value, level, str(gauge.fail if level is Level.FAIL else gauge.warn))
