"""Complaints about a run: lasting alarms of gauges, grouped by their meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from sparring.diagnostics.finding import Finding, Level, findings
from sparring.diagnostics.gauges import GAUGES

WARM_UP = 0.3
"""Initial share of a run without complaints: early samples are always collapsed."""

LASTING = 2
"""Consecutive checks that an alarm must last."""


WINDOW, IMPROVEMENT = 3, 0.9
"""Number of checks whose median is compared with that of as many before; the factor of an improvement."""


WIDER = 0.03
"""Least rise of coverage over as many checks; chance moves it less."""


class Kind(Enum):
    """The kinds of complaints."""

    COLLAPSE = "mode collapse"
    OSCILLATION = "oscillation"
    DIVERGENCE = "divergence"
    IGNORED = "the noise is ignored"
    DISCRIMINATOR_WINS = "the discriminator wins"
    DISCRIMINATOR_LOSES = "the discriminator loses"
    UNINFORMATIVE = "the discriminator is uninformative"
    OVERFITTING = "the discriminator memorises the data"
    UNEQUAL = "unequal steps"
    CONTEXT = "pixels out of context"
    RANGE = "another range than the data's"
    ASTRAY = "samples miss the data"
    TWICE = "probabilities taken for logits"
    PAST_BEST = "the best is over"
    COPIES = "a copy completes better"


@dataclass(frozen=True)
class ComplaintRule:
    """The gauges of a kind of complaint, and how many must alarm for it to warn or fail."""

    gauges: tuple[str, ...]
    fails: int = 1
    """It fails if at least so many of the gauges fail."""
    warns: int = 1
    """It warns if at least so many of the gauges warn or fail."""


RULES: Mapping[Kind, ComplaintRule] = {
    Kind.COLLAPSE: ComplaintRule(
        ("total_variation", "missing_modes", "reverse_kl", "distance_ratio", "rank_ratio", "birthday"),
        fails=2,
    ),
    Kind.OSCILLATION: ComplaintRule(
        (
            "mode_hopping",
            "flip_rate",
            "forgetting",
            "ema_gap",
            "path_efficiency",
            "loss_cycle",
            "duality_rises",
        ),
        fails=2,
    ),
    Kind.IGNORED: ComplaintRule(("latent_sensitivity",)),
    Kind.DIVERGENCE: ComplaintRule(("divergence", "gradient_ratio")),
    Kind.DISCRIMINATOR_WINS: ComplaintRule(
        ("accuracy_high", "divergence_level", "lasting_divergence", "signal")
    ),
    Kind.DISCRIMINATOR_LOSES: ComplaintRule(("accuracy_low", "weak_discriminator")),
    Kind.UNINFORMATIVE: ComplaintRule(("confidence",)),
    Kind.OVERFITTING: ComplaintRule(("overfit_gap", "overfit_sign")),
    Kind.UNEQUAL: ComplaintRule(("step_balance",)),
    Kind.CONTEXT: ComplaintRule(("correlation_gap", "entropy_gap", "pixel_gap", "spectrum_gap"), fails=3),
    Kind.RANGE: ComplaintRule(("range_gap",)),
    Kind.ASTRAY: ComplaintRule(("coverage",)),
    Kind.TWICE: ComplaintRule(("twice",)),
}


PAST = next(gauge for gauge in GAUGES if gauge.name == "past_best")

IMPROVABLE = (Kind.COLLAPSE, Kind.IGNORED, Kind.CONTEXT, Kind.RANGE, Kind.DISCRIMINATOR_LOSES, Kind.ASTRAY)
"""Kinds that every training starts with and may still overcome."""


@dataclass(frozen=True)
class Complaint:
    """A problem of a run."""

    kind: Kind
    level: Level
    since: int
    """Step of the first of the consecutive checks that alarm; for PAST_BEST, of the middle one of the best
    three."""
    evidence: tuple[Finding, ...]
    """Gauges that alarm at the last check, worst first."""


@dataclass(frozen=True)
class GaugeValues:
    """Gauge values at one check."""

    step: int
    values: Mapping[str, float]


def complaints(checks: Sequence[GaugeValues], steps: int) -> list[Complaint]:
    """Return the complaints after the last check of a run of `steps` steps, worst first.

    `checks` are in the order of their steps.  There are no complaints in the first 30 % of a run.  After that
    a kind of problem in `RULES` is a complaint if its gauges alarm at the last two checks; if there is only
    one check, if they alarm at it.  The level is the lower of the two checks' levels.  Two kinds need not
    last: PAST_BEST, if the median "mmd" of the last three checks is more than 1.5 times that of the best
    three in a row (or the floor of chance, if that is higher), and COPIES, if inpainting was measured at the
    last check and alarms there.

    Training may still overcome some kinds by itself (`IMPROVABLE`).  Until the run has ended, such a kind
    warns at most at a check at which `mmd_improves`, and ASTRAY also at one at which `coverage_rises`, so
    that one of the two checks is enough to lower the level.
    """
    if not checks or checks[-1].step <= WARM_UP * steps:
        return []
    finished = checks[-1].step >= steps
    recent = (checks[max(0, end - 2 * WINDOW) : end] for end in range(1, len(checks) + 1))
    improvable = [() if finished else _improvable_kinds(window) for window in recent]
    results = [
        _complaint(kind, rule, checks, [kind in excused for excused in improvable])
        for kind, rule in RULES.items()
    ]
    results += [_past_best(checks), _copies(checks[-1])]
    return sorted(
        (complaint for complaint in results if complaint is not None), key=lambda complaint: -complaint.level
    )


def is_healthy(check: GaugeValues) -> bool:
    """Return whether no kind of problem in `RULES` fails at this single check; warnings are allowed.

    The step does not matter: the first 30 % of a run count too.
    """
    return all(_level(rule, check.values) < Level.FAIL for rule in RULES.values())


def best_check(checks: Sequence[GaugeValues]) -> GaugeValues | None:
    """Return the check with the lowest "mmd", squared MMD to the data; None if no check has a finite one."""
    measured = [check for check in checks if np.isfinite(check.values.get("mmd", np.nan))]
    return min(measured, key=lambda check: check.values["mmd"]) if measured else None


def mmd_improves(checks: Sequence[GaugeValues]) -> bool:
    """Return whether samples approach the data: the latest "mmd" is below 0.9 times the earlier.

    Compared are the medians of the last three checks and of the three before; of fewer than six checks, of
    the later and the earlier half.  False for fewer than two checks, or if one of these checks has no finite
    value.
    """
    before, now = _medians(checks, "mmd")
    return now < IMPROVEMENT * before


def coverage_rises(checks: Sequence[GaugeValues]) -> bool:
    """Return whether samples cover more of the data: the latest "coverage" is well above the earlier.

    It must be above the earlier by more than 0.03 and by more than a factor of 1 / 0.9.  Both are medians
    over checks as in `mmd_improves`.  The MMD does not show this where modes are sharp.
    """
    before, now = _medians(checks, "coverage")
    return before < IMPROVEMENT * now and now - before > WIDER


def _medians(seen: Sequence[GaugeValues], gauge: str) -> tuple[float, float]:
    """Return the medians of a gauge over the earlier and the latest checks; NaN where one is not known."""
    recent = [check.values.get(gauge, np.nan) for check in seen[-2 * WINDOW :]]
    half = len(recent) // 2
    if half == 0 or not np.isfinite(recent).all():
        return np.nan, np.nan
    return float(np.median(recent[:half])), float(np.median(recent[half:]))


def _improvable_kinds(seen: Sequence[GaugeValues]) -> tuple[Kind, ...]:
    """Return the kinds that training may still overcome by itself."""
    return IMPROVABLE if mmd_improves(seen) else (Kind.ASTRAY,) if coverage_rises(seen) else ()


def _complaint(
    kind: Kind, rule: ComplaintRule, seen: Sequence[GaugeValues], excused: Sequence[bool]
) -> Complaint | None:
    """Return the complaint of a kind, if any; `excused` says of each check whether samples improved."""
    limits = [Level.WARN if patient else Level.FAIL for patient in excused]
    levels = [min(_level(rule, check.values), limit) for check, limit in zip(seen, limits, strict=True)]
    lasting = min(levels[-LASTING:])
    if lasting is Level.OK:
        return None
    first = next((i + 1 for i in range(len(levels) - 1, -1, -1) if levels[i] < lasting), 0)
    evidence = tuple(finding for finding in _findings(rule, seen[-1].values) if finding.level > Level.OK)
    return Complaint(kind, lasting, seen[first].step, evidence)


def _level(rule: ComplaintRule, values: Mapping[str, float]) -> Level:
    levels = [finding.level for finding in _findings(rule, values)]
    if sum(level is Level.FAIL for level in levels) >= rule.fails:
        return Level.FAIL
    return Level.WARN if sum(level > Level.OK for level in levels) >= rule.warns else Level.OK


def _findings(rule: ComplaintRule, values: Mapping[str, float]) -> list[Finding]:
    return [finding for finding in findings(values, GAUGES) if finding.gauge.name in rule.gauges]


def _copies(last: GaugeValues) -> Complaint | None:
    """Return the complaint about inpainting, which is measured only on request."""
    measured = [
        finding for finding in findings(last.values, GAUGES) if finding.gauge.name == "completion_ratio"
    ]
    alarms = tuple(finding for finding in measured if finding.level > Level.OK)
    return Complaint(Kind.COPIES, alarms[0].level, last.step, alarms) if alarms else None


def _past_best(seen: Sequence[GaugeValues]) -> Complaint | None:
    """Return a complaint if the last three checks are well above the best three in a row, by their medians.

    The lowest of many values is partly chance: near the floor a single one may be three times lower than its
    neighbours.
    """
    distances = [check.values.get("mmd", np.nan) for check in seen]
    medians = [float(np.median(distances[i : i + WINDOW])) for i in range(len(seen) - WINDOW + 1)]
    if not np.isfinite(medians[-1:]).any():
        return None
    top = int(np.nanargmin(medians))
    least = max(medians[top], seen[-1].values.get("mmd_floor", 0.0), 1e-12)
    (finding,) = findings({"past_best": medians[-1] / least}, [PAST])
    middle = seen[top + WINDOW // 2].step
    return None if finding.level is Level.OK else Complaint(Kind.PAST_BEST, finding.level, middle, (finding,))
