"""What two losses alone tell of a game that something else plays."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sparring.core.errors import BadInput
from sparring.diagnostics.finding import Gauge, Level, Limits, findings
from sparring.diagnostics.gauges import GAUGES
from sparring.diagnostics.history import critic_cycle
from sparring.diagnostics.remedies import CAUSES, REMEDIES
from sparring.diagnostics.verdict import LASTING, Complaint, Kind, Seen
from sparring.metrics.rows import Floats
from sparring.tasks.doctor.diagnosis import Cure, Diagnosis, Trouble
from sparring.tasks.doctor.loss_columns import Columns, Curves, curves

GameKind = Literal["log", "other"]
"""What the losses are: those of Goodfellow et al. 2014, non-saturating for G; or others."""

FEWEST, LOOKS, WINDOW = 20, 20, 10
"""Rows that are needed, looks at them, and the part, one in so many, that a look goes back over."""

BLOCKS = 20
"""Medians that a trend is read from."""

EVEN_D, EVEN_G = log(4), log(2)
"""The losses where D tells nothing apart.  Goodfellow et al. 2014, arXiv:1406.2661, theorem 1."""

EARLY, LITTLE = 0.3, 0.1
"""The part of the rows whose largest loss later ones are held against, and the least that it counts as."""

ABOVE = 1.1
"""D is fooled where its loss is so much above that of an even game."""

NOT_FINITE = Gauge(
    "not_finite", "part of the losses in a tenth of the run that are no finite number, 0 to 1", "house",
    Limits(high=0.0), Limits(high=0.1),
)  # fmt: skip
GROWTH = Gauge(
    "loss_growth", "size of the larger loss over the largest that it had in the first three tenths", "house",
    Limits(high=10), Limits(high=100),
)  # fmt: skip
SURE = Gauge(
    "critic_level", "J = log 2 - L_D / 2 over log 2, median: 0 of an even game, 1 of a critic that is sure",
    "1406.2661", Limits(high=0.9), Limits(high=0.98),
)  # fmt: skip
FOOLED = Gauge(
    "opposed_trends", "how steadily L_G falls and L_D rises, above log 4, in the last half: rank correlation",
    "house", Limits(high=0.6), Limits(high=0.9),
)  # fmt: skip
FLAT = Gauge(
    "from_equilibrium", "distance of both losses from log 4 and log 2, as a part of these, median",
    "1406.2661", Limits(low=0.02),
)  # fmt: skip
CYCLE = dataclasses.replace(next(gauge for gauge in GAUGES if gauge.name == "loss_cycle"), fail=None)
"""A loss alone cannot show that samples circle too: it warns."""

FLAT_CAUSES = (
    "the game has converged: samples are as good as this critic can tell",
    "or D is dead or too weak, and tells nothing apart: the losses are the same",
)


@dataclass(frozen=True)
class Rule:
    """A gauge of losses and what it means."""

    kind: Kind
    gauge: Gauge
    looks: int = LASTING
    """Looks in a row that an alarm must last."""
    name: str = ""
    """What it is called; empty: as its kind."""
    causes: tuple[str, ...] = ()
    """Empty: those of the kind, with the kind's remedies."""


RULES = (
    Rule(Kind.DIVERGENCE, NOT_FINITE, looks=1),
    Rule(Kind.DIVERGENCE, GROWTH),
    Rule(Kind.CRITIC_WINS, SURE),
    Rule(Kind.CRITIC_LOST, FOOLED),
    Rule(Kind.CRITIC_LOST, FLAT, name="both losses at equilibrium", causes=FLAT_CAUSES),
    Rule(Kind.OSCILLATION, CYCLE),
)


def foreign(path: Path, columns: Columns | None = None, game: GameKind = "log") -> Diagnosis:
    """The diagnosis of the losses in a CSV or JSONL file.

    With another `game` than the log loss only what goes for any loss is looked for: numbers that are not
    finite, explosion and cycles.  Raises `BadInput` as `curves` does, and for fewer than 20 rows.
    """
    found = curves(path, columns or Columns())
    if len(found.steps) < FEWEST:
        raise BadInput(f"{path}: {len(found.steps)} rows are too few to judge by; give {FEWEST} or more")
    seen = tuple(_looks(found, game))
    troubles = [trouble for rule in RULES if (trouble := _trouble(rule, seen)) is not None]
    last = int(found.steps[-1])
    return Diagnosis(
        path,
        f"losses {found.columns.critic} and {found.columns.generator}",
        last,
        last,
        tuple(sorted(troubles, key=lambda one: -one.complaint.level)),
        seen,
        _rows(found),
        {"D.adv": EVEN_D, "G.adv": EVEN_G} if game == "log" else {},
        notes=tuple(_notes(found, game)),
    )


def _notes(found: Curves, game: GameKind) -> Iterator[str]:
    yield "losses alone tell little: not whether samples are good, nor whether they are all alike"
    if game == "log":
        yield "taken for the log loss, L_D summed over data and fakes; for another give --game other"
    if found.columns.step is None:
        yield "no column of steps among the usual names (step, iteration, epoch): rows are counted"


def _looks(found: Curves, game: GameKind) -> Iterator[Seen]:
    n = len(found.steps)
    rows, early = _rows(found), max(1, int(EARLY * n))
    for end in np.unique(np.linspace(0, n, LOOKS + 1).round().astype(int)[1:]):
        start = max(0, end - max(n // WINDOW, FEWEST // 4))
        d, g = found.d[start:end], found.g[start:end]
        values = {"not_finite": float(1 - np.isfinite([d, g]).mean())}
        if values["not_finite"] == 0:
            values |= _even(float(np.median(d)), float(np.median(g))) if game == "log" else {}
            values |= _trends(found, int(end)) if game == "log" else {}
            values |= _grown(found, early, (d, g)) if end > early else {}
            cycle = critic_cycle(rows[:end]) if np.isfinite(found.d[:end]).all() else None
            values |= {} if cycle is None else {"loss_cycle": cycle}
        yield Seen(int(found.steps[end - 1]), values)


def _even(d: float, g: float) -> dict[str, float]:
    """How the losses lie to those of an even game; L_D may also be the mean over data and fakes."""
    off = min(abs(d / even - 1) for even in (EVEN_D, EVEN_D / 2))
    return {"critic_level": 1 - d / EVEN_D, "from_equilibrium": max(off, abs(g / EVEN_G - 1))}


def _grown(found: Curves, early: int, now: tuple[Floats, Floats]) -> dict[str, float]:
    ratios = []
    for curve, recent in zip((found.d, found.g), now, strict=True):
        first = np.abs(curve[:early][np.isfinite(curve[:early])])
        ratios.append(float(np.median(np.abs(recent))) / max(float(first.max(initial=0.0)), LITTLE))
    return {"loss_growth": max(ratios)}


def _trends(found: Curves, end: int) -> dict[str, float]:
    """Nothing while D's loss is not above that of an even game: there a generator that catches up is well."""
    from scipy.stats import spearmanr  # here, for it takes long to import

    d, g = found.d[end // 2 : end], found.g[end // 2 : end]
    if not np.isfinite([d, g]).all():
        return {}
    medians = [[float(np.median(part)) for part in np.array_split(x, min(BLOCKS, len(x)))] for x in (d, g)]
    if len(medians[0]) < 3 or medians[0][-1] < ABOVE * EVEN_D or min(map(np.ptp, medians)) == 0:
        return {}
    rising, falling = (float(spearmanr(range(len(x)), x).statistic) for x in medians)
    return {"opposed_trends": min(rising, -falling)}


def _trouble(rule: Rule, seen: Sequence[Seen]) -> Trouble | None:
    levels = [_level(rule.gauge, one.values) for one in seen]
    lasting = min(levels[-rule.looks :])
    if lasting is Level.OK:
        return None
    first = next((i + 1 for i in range(len(levels) - 1, -1, -1) if levels[i] < lasting), 0)
    evidence = tuple(findings(seen[-1].values, [rule.gauge]))
    complaint = Complaint(rule.kind, lasting, seen[first].step, evidence)
    cures = () if rule.causes else tuple(map(Cure, REMEDIES[rule.kind]))
    return Trouble(complaint, rule.causes or CAUSES[rule.kind], cures, rule.name)


def _level(gauge: Gauge, values: Mapping[str, float]) -> Level:
    return gauge.level(values[gauge.name]) if gauge.name in values else Level.OK


def _rows(found: Curves) -> list[dict[str, Any]]:
    names = ("step", "D.adv", "G.adv")
    return [dict(zip(names, row, strict=True)) for row in zip(found.steps, found.d, found.g, strict=True)]
