"""What is wrong with a run, if anything: alarms of gauges that last, gathered by what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from sparring.diagnostics.finding import Finding, Level, findings
from sparring.diagnostics.gauges import GAUGES

WARM_UP = 0.3
"""The part of a run in which alarms are noted but none is raised: every game begins collapsed."""

LASTING = 2
"""Looks in a row that an alarm must last."""


STRETCH, IMPROVED = 3, 0.9
"""Looks whose MMD is held against that of as many before; samples improve where it is below so much of it."""


WIDER = 0.03
"""What coverage must have risen by in as many looks; chance moves it less."""


class Kind(Enum):
    """What can be wrong."""

    COLLAPSE = "mode collapse"
    OSCILLATION = "oscillation"
    DIVERGENCE = "divergence"
    IGNORED = "the noise is ignored"
    CRITIC_WINS = "the critic wins"
    CRITIC_LOST = "the critic is lost"
    SILENT = "the critic says nothing"
    OVERFITTING = "the critic learns the data by heart"
    UNEQUAL = "unequal steps"
    CONTEXT = "pixels out of context"
    RANGE = "another range than the data's"
    ASTRAY = "samples miss the data"
    TWICE = "probabilities taken for logits"
    PAST_BEST = "the best is over"
    COPIES = "a copy completes better"


@dataclass(frozen=True)
class Rule:
    """When a kind of trouble fails and warns: by so many gauges of its own at these levels."""

    gauges: tuple[str, ...]
    fails: int = 1
    """So many failing gauges make it fail."""
    warns: int = 1
    """So many alarming gauges make it warn."""


RULES: Mapping[Kind, Rule] = {
    Kind.COLLAPSE: Rule(
        ("total_variation", "missing_modes", "reverse_kl", "distance_ratio", "rank_ratio", "birthday"),
        fails=2,
    ),
    Kind.OSCILLATION: Rule(
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
    Kind.IGNORED: Rule(("latent_sensitivity",)),
    Kind.DIVERGENCE: Rule(("divergence", "slope_ratio")),
    Kind.CRITIC_WINS: Rule(("accuracy_high", "divergence_level", "lasting_divergence", "signal")),
    Kind.CRITIC_LOST: Rule(("accuracy_low", "weak_critic")),
    Kind.SILENT: Rule(("confidence",)),
    Kind.OVERFITTING: Rule(("overfit_gap", "overfit_sign")),
    Kind.UNEQUAL: Rule(("step_balance",)),
    Kind.CONTEXT: Rule(("correlation_gap", "entropy_gap", "pixel_gap", "spectrum_gap"), fails=3),
    Kind.RANGE: Rule(("range_gap",)),
    Kind.ASTRAY: Rule(("coverage",)),
    Kind.TWICE: Rule(("twice",)),
}


PAST = next(gauge for gauge in GAUGES if gauge.name == "past_best")

UNRIPE = (Kind.COLLAPSE, Kind.IGNORED, Kind.CONTEXT, Kind.RANGE, Kind.CRITIC_LOST, Kind.ASTRAY)
"""What every game begins with, and may still grow out of."""


@dataclass(frozen=True)
class Complaint:
    """Something that is wrong with a run."""

    kind: Kind
    level: Level
    since: int
    """The step of the first of the looks in a row that alarm."""
    evidence: tuple[Finding, ...]
    """Gauges that alarm at the last look, the worst first."""


@dataclass(frozen=True)
class Seen:
    """The gauges at one step."""

    step: int
    values: Mapping[str, float]


def complaints(seen: Sequence[Seen], steps: int) -> list[Complaint]:
    """What is wrong after the last of the looks at a run of `steps` steps, the worst first.

    Nothing is said in the first three tenths of a run.  Then an alarm counts when it has lasted two looks;
    one look must do where there is no second.  What training itself mends only warns while it does: at either
    look, for what was on its way a look ago has stood still for one look at most.
    """
    if not seen or seen[-1].step <= WARM_UP * steps:
        return []
    over = seen[-1].step >= steps
    recent = (seen[max(0, end - 2 * STRETCH) : end] for end in range(1, len(seen) + 1))
    patience = [() if over else _ripening(looks) for looks in recent]
    found = [
        _complaint(kind, rule, seen, [kind in excused for excused in patience])
        for kind, rule in RULES.items()
    ]
    found += [_past_best(seen), _copies(seen[-1])]
    return sorted((one for one in found if one is not None), key=lambda one: -one.level)


def well(seen: Seen) -> bool:
    """Whether nothing fails at one look, be it early or late."""
    return all(_level(rule, seen.values) < Level.FAIL for rule in RULES.values())


def best(seen: Sequence[Seen]) -> Seen | None:
    """The look whose samples were nearest to the data."""
    known = [one for one in seen if np.isfinite(one.values.get("mmd", np.nan))]
    return min(known, key=lambda one: one.values["mmd"]) if known else None


def improving(seen: Sequence[Seen]) -> bool:
    """Whether samples still come nearer to the data: the last looks' MMD is well below earlier ones'."""
    before, now = _stretches(seen, "mmd")
    return now < IMPROVED * before


def widening(seen: Sequence[Seen]) -> bool:
    """Whether samples come near more of the data: the last looks' coverage is well above earlier ones'.

    Where modes are sharp, the MMD sees nothing of that any more.
    """
    before, now = _stretches(seen, "coverage")
    return before < IMPROVED * now and now - before > WIDER


def _stretches(seen: Sequence[Seen], gauge: str) -> tuple[float, float]:
    """The medians over as many looks before the last ones, and over these; NaN where one is not known."""
    recent = [one.values.get(gauge, np.nan) for one in seen[-2 * STRETCH :]]
    half = len(recent) // 2
    if half == 0 or not np.isfinite(recent).all():
        return np.nan, np.nan
    return float(np.median(recent[:half])), float(np.median(recent[half:]))


def _ripening(seen: Sequence[Seen]) -> tuple[Kind, ...]:
    """What training may still mend by itself, as it goes."""
    return UNRIPE if improving(seen) else (Kind.ASTRAY,) if widening(seen) else ()


def _complaint(kind: Kind, rule: Rule, seen: Sequence[Seen], excused: Sequence[bool]) -> Complaint | None:
    """`excused` says of each look whether the samples were on their way at it."""
    most = [Level.WARN if patient else Level.FAIL for patient in excused]
    levels = [min(_level(rule, one.values), least) for one, least in zip(seen, most, strict=True)]
    lasting = min(levels[-LASTING:])
    if lasting is Level.OK:
        return None
    first = next((i + 1 for i in range(len(levels) - 1, -1, -1) if levels[i] < lasting), 0)
    evidence = tuple(one for one in _of(rule, seen[-1].values) if one.level > Level.OK)
    return Complaint(kind, lasting, seen[first].step, evidence)


def _level(rule: Rule, values: Mapping[str, float]) -> Level:
    found = [one.level for one in _of(rule, values)]
    if sum(level is Level.FAIL for level in found) >= rule.fails:
        return Level.FAIL
    return Level.WARN if sum(level > Level.OK for level in found) >= rule.warns else Level.OK


def _of(rule: Rule, values: Mapping[str, float]) -> list[Finding]:
    return [one for one in findings(values, GAUGES) if one.gauge.name in rule.gauges]


def _copies(last: Seen) -> Complaint | None:
    """Completions are measured once, when they are asked for."""
    told = [one for one in findings(last.values, GAUGES) if one.gauge.name == "completion_ratio"]
    wrong = tuple(one for one in told if one.level > Level.OK)
    return Complaint(Kind.COPIES, wrong[0].level, last.step, wrong) if wrong else None


def _past_best(seen: Sequence[Seen]) -> Complaint | None:
    """Whether the last three looks were well above the best three in a row, by their medians.

    The least of many looks is partly luck: near the floor a single one may be three times nearer than those
    beside it.
    """
    distances = [one.values.get("mmd", np.nan) for one in seen]
    medians = [float(np.median(distances[i : i + STRETCH])) for i in range(len(seen) - STRETCH + 1)]
    if not np.isfinite(medians[-1:]).any():
        return None
    top = int(np.nanargmin(medians))
    least = max(medians[top], seen[-1].values.get("mmd_floor", 0.0), 1e-12)
    (found,) = findings({"past_best": medians[-1] / least}, [PAST])
    middle = seen[top + STRETCH // 2].step
    return None if found.level is Level.OK else Complaint(Kind.PAST_BEST, found.level, middle, (found,))
