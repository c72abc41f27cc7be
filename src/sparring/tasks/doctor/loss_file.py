"""Diagnosis of a training run of another program from its two loss curves alone."""

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
from sparring.diagnostics.history import loss_cycle_of
from sparring.diagnostics.remedies import CAUSES, REMEDIES
from sparring.diagnostics.verdict import LASTING, Complaint, GaugeValues, Kind
from sparring.metrics.rows import Floats
from sparring.tasks.doctor.diagnosis import Diagnosis, RemedyCommand, Trouble
from sparring.tasks.doctor.loss_columns import Columns, LossCurves, read_curves

GameKind = Literal["log", "other"]
"""The kind of losses: those of Goodfellow et al. 2014, non-saturating for G; or others."""

D_LOSS, G_LOSS = "D.adv", "G.adv"
"""Names of the two losses in a diagnosis, as if they were the terms of turns D and G."""

FEWEST, CHECKS, WINDOW = 20, 20, 10
"""Fewest rows; number of checks; a check reads one part in WINDOW of the rows."""

BLOCKS = 20
"""Number of medians that a trend is computed from."""

EVEN_D, EVEN_G = log(4), log(2)
"""The losses where D outputs 1/2 everywhere.  Goodfellow et al. 2014, arXiv:1406.2661, theorem 1."""

EARLY, LITTLE = 0.3, 0.1
"""First part of the rows, whose largest loss later ones are compared with; its lower bound."""

ABOVE = 1.1
"""D is losing where its loss exceeds that of an even game by this factor."""

NOT_FINITE = Gauge(
    "not_finite", "share of the losses in a tenth of the run that are not finite, 0 to 1", "house",
    Limits(high=0.0), Limits(high=0.1),
)  # fmt: skip
GROWTH = Gauge(
    "loss_growth", "size of the larger loss over its maximum in the first three tenths of the run", "house",
    Limits(high=10), Limits(high=100),
)  # fmt: skip
CERTAIN = Gauge(
    "critic_level", "J = log 2 - L_D / 2 over log 2, median: 0 in an even game, 1 where D is certain",
    "1406.2661", Limits(high=0.9), Limits(high=0.98),
)  # fmt: skip
FOOLED = Gauge(
    "opposed_trends", "how steadily L_G falls and L_D rises above log 4 in the last half: rank correlation",
    "house", Limits(high=0.6), Limits(high=0.9),
)  # fmt: skip
FLAT = Gauge(
    "from_equilibrium", "relative distance of both losses from log 4 and log 2, median",
    "1406.2661", Limits(low=0.02),
)  # fmt: skip
CYCLE = dataclasses.replace(next(gauge for gauge in GAUGES if gauge.name == "loss_cycle"), fail=None)
"""It only warns, for a loss alone cannot show that the samples cycle too."""

FLAT_CAUSES = (
    "training has converged: this discriminator cannot tell samples from data",
    "or D is dead or too weak to tell them apart: the losses look the same",
)


@dataclass(frozen=True)
class LossRule:
    """A gauge of the losses and the complaint that it raises."""

    kind: Kind
    gauge: Gauge
    checks: int = LASTING
    """Consecutive checks that an alarm must last."""
    name: str = ""
    """Its name in reports; empty: the name of its kind."""
    causes: tuple[str, ...] = ()
    """Likely causes; empty: those of the kind, with the kind's remedies."""


RULES = (
    LossRule(Kind.DIVERGENCE, NOT_FINITE, checks=1),
    LossRule(Kind.DIVERGENCE, GROWTH),
    LossRule(Kind.DISCRIMINATOR_WINS, CERTAIN),
    LossRule(Kind.DISCRIMINATOR_LOSES, FOOLED),
    LossRule(Kind.DISCRIMINATOR_LOSES, FLAT, name="both losses at equilibrium", causes=FLAT_CAUSES),
    LossRule(Kind.OSCILLATION, CYCLE),
)


def diagnose_losses(path: Path, columns: Columns | None = None, game: GameKind = "log") -> Diagnosis:
    """Return the diagnosis of the losses in a CSV or JSONL file, from 20 checks evenly spaced in its rows.

    `columns` names the columns; None: their usual names.  `game` "log" means the log loss, with D's summed
    over data and fakes (log 4 where D outputs 1/2) and the non-saturating one for G (log 2 there).  For
    "other" only signs that hold for any loss are checked: numbers that are not finite, explosion and cycles.
    Raises `BadInput` as `read_curves` does, and for fewer than 20 rows.

    >>> steps = np.arange(200)
    >>> losses = np.stack([steps, 1.386 * 0.97**steps, 0.693 + 0.1 * steps], axis=1)
    >>> np.savetxt("losses.csv", losses, delimiter=",", header="step,errD,errG", comments="")
    >>> [trouble.title for trouble in diagnose_losses(Path("losses.csv")).findings]
    ['the discriminator wins, since step 139']
    """
    losses = read_curves(path, columns or Columns())
    if len(losses.steps) < FEWEST:
        raise BadInput(f"{path}: {len(losses.steps)} rows are too few to judge by; give {FEWEST} or more")
    checks = tuple(_checks(losses, game))
    troubles = [trouble for rule in RULES if (trouble := _trouble(rule, checks)) is not None]
    last = int(losses.steps[-1])
    return Diagnosis(
        path,
        f"losses {losses.columns.discriminator} and {losses.columns.generator}",
        last,
        last,
        tuple(sorted(troubles, key=lambda t: -t.complaint.level)),
        checks,
        _rows(losses),
        {"D": "discriminator", "G": "generator"},
        {D_LOSS: EVEN_D, G_LOSS: EVEN_G} if game == "log" else {},
        notes=tuple(_notes(losses, game)),
    )


def _notes(losses: LossCurves, game: GameKind) -> Iterator[str]:
    yield "losses alone tell little: neither whether samples are good nor whether they vary"
    if game == "log":
        yield "read as the log loss, L_D summed over data and fakes; for another loss give --game other"
    if losses.columns.step is None:
        yield "no step column under a usual name (step, iteration, epoch): rows are counted"


def _checks(losses: LossCurves, game: GameKind) -> Iterator[GaugeValues]:
    n = len(losses.steps)
    rows, early = _rows(losses), max(1, int(EARLY * n))
    for end in np.unique(np.linspace(0, n, CHECKS + 1).round().astype(int)[1:]):
        start = max(0, end - max(n // WINDOW, FEWEST // 4))
        d, g = losses.d[start:end], losses.g[start:end]
        values = {"not_finite": float(1 - np.isfinite([d, g]).mean())}
        if values["not_finite"] == 0:
            values |= _distance_from_even(float(np.median(d)), float(np.median(g))) if game == "log" else {}
            values |= _opposed_trends(losses, int(end)) if game == "log" else {}
            values |= _growth(losses, early, (d, g)) if end > early else {}
            cycle = loss_cycle_of(rows[:end], D_LOSS) if np.isfinite(losses.d[:end]).all() else None
            values |= {} if cycle is None else {"loss_cycle": cycle}
        yield GaugeValues(int(losses.steps[end - 1]), values)


def _distance_from_even(d: float, g: float) -> dict[str, float]:
    """Return the losses' distance from an even game's; L_D may also be the mean over both kinds."""
    off = min(abs(d / even - 1) for even in (EVEN_D, EVEN_D / 2))
    return {"critic_level": 1 - d / EVEN_D, "from_equilibrium": max(off, abs(g / EVEN_G - 1))}


def _growth(losses: LossCurves, early: int, now: tuple[Floats, Floats]) -> dict[str, float]:
    ratios = []
    for curve, recent in zip((losses.d, losses.g), now, strict=True):
        first = np.abs(curve[:early][np.isfinite(curve[:early])])
        ratios.append(float(np.median(np.abs(recent))) / max(float(first.max(initial=0.0)), LITTLE))
    return {"loss_growth": max(ratios)}


def _opposed_trends(losses: LossCurves, end: int) -> dict[str, float]:
    """Return the gauge of opposed trends; empty unless D's loss is above that of an even game.

    Below it a generator that catches up is healthy.
    """
    from scipy.stats import spearmanr  # here, for it takes long to import

    d, g = losses.d[end // 2 : end], losses.g[end // 2 : end]
    if not np.isfinite([d, g]).all():
        return {}
    medians = [[float(np.median(part)) for part in np.array_split(x, min(BLOCKS, len(x)))] for x in (d, g)]
    if len(medians[0]) < 3 or medians[0][-1] < ABOVE * EVEN_D or min(map(np.ptp, medians)) == 0:
        return {}
    rising, falling = (float(spearmanr(range(len(x)), x).statistic) for x in medians)
    return {"opposed_trends": min(rising, -falling)}


def _trouble(rule: LossRule, checks: Sequence[GaugeValues]) -> Trouble | None:
    levels = [_level(rule.gauge, check.values) for check in checks]
    lasting = min(levels[-rule.checks :])
    if lasting is Level.OK:
        return None
    first = next((i + 1 for i in range(len(levels) - 1, -1, -1) if levels[i] < lasting), 0)
    evidence = tuple(findings(checks[-1].values, [rule.gauge]))
    complaint = Complaint(rule.kind, lasting, checks[first].step, evidence)
    cures = () if rule.causes else tuple(map(RemedyCommand, REMEDIES[rule.kind]))
    return Trouble(complaint, rule.causes or CAUSES[rule.kind], cures, rule.name)


def _level(gauge: Gauge, values: Mapping[str, float]) -> Level:
    return gauge.level(values[gauge.name]) if gauge.name in values else Level.OK


def _rows(losses: LossCurves) -> list[dict[str, Any]]:
    names = ("step", D_LOSS, G_LOSS)
    return [dict(zip(names, row, strict=True)) for row in zip(losses.steps, losses.d, losses.g, strict=True)]
