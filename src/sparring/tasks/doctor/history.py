"""The looks that a run can be judged by: its doctor's, else at its checkpoints, else at its diary alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.diagnostics import collapse
from sparring.diagnostics.history import critic_cycle, divergences, lately
from sparring.diagnostics.null import Band, drawn_band, null_band
from sparring.diagnostics.probe import FEWEST, Ground, Moment, probe
from sparring.diagnostics.verdict import Complaint, Seen
from sparring.engine import checkpoints
from sparring.engine.trained import CHECKPOINTS, saved
from sparring.runs import events
from sparring.runs.record import Record
from sparring.runs.split import material, summary
from sparring.tasks.doctor.watch import Patient

ABOUT = "doctor"
"""What a doctor's notes in the diary stand under."""

PLACES = 20
"""Steps that a diary alone is looked at."""

Row = Mapping[str, Any]

SHARES = {
    "total_variation": collapse.total_variation,
    "missing_modes": collapse.missing_modes,
    "reverse_kl": collapse.reverse_kl,
}
"""Gauges of shares of cells, made ones first."""

PAIRS = {
    "distance_ratio": collapse.distance_ratio,
    "rank_ratio": collapse.rank_ratio,
    "coverage": collapse.coverage,
    "birthday": collapse.birthday,
}
"""Gauges of two samples' features, made ones first."""


@dataclass(frozen=True)
class Looks:
    """Gauges by step, with notes on where they come from."""

    seen: tuple[Seen, ...]
    notes: tuple[str, ...]
    ground: Ground | None

    def null(self, found: Sequence[Complaint]) -> dict[str, Band]:
        """What true samples read on the gauges that complaints rest on, as far as that can be had."""
        if self.ground is None:
            return {}
        names = dict.fromkeys(one.gauge.name for complaint in found for one in complaint.evidence)
        bands = {name: _band(name, self.ground) for name in names}
        return {name: band for name, band in bands.items() if band is not None}


def looks(folder: Path, kept: Record, recipe: Recipe, rows: Sequence[Row]) -> Looks:
    """What can be seen of the run at `folder`; empty where there is neither checkpoint nor row."""
    noted = _noted(folder)
    if not recipe.latent.size:
        why = f"{recipe.name} makes samples from data: only its diary was read, for divergence and cycles"
        return Looks(_told(rows), (why,), None)
    try:
        patient = _patient(kept, recipe)
        if noted:
            return Looks(noted, (), patient.ground("cpu"))
        seen, ground = _probed(folder, kept, patient, rows)
    except BadInput as error:
        if noted:
            return Looks(noted, (), None)
        return Looks(_told(rows), (f"only its diary was read, for divergence and cycles: {error}",), None)
    if not seen:
        return Looks(
            _told(rows),
            ("no checkpoint of this game yet: only its diary was read, for divergence and cycles",),
            None,
        )
    where = " and ".join(f"{one.step:,}" for one in seen[-2:])
    often = f"the checkpoint{'s' if len(seen) > 1 else ''} at step {where}"
    return Looks(seen, (f"not watched: judged by {often}; train with --doctor watch to know more",), ground)


def _noted(folder: Path) -> tuple[Seen, ...]:
    """What the doctor noted; a gauge that alarmed without a number was not finite."""
    found = []
    for step, body in events.notes(folder, ABOUT):
        values = {**dict.fromkeys(body["alarms"], math.nan), **body["gauges"]}
        found.append(Seen(step, values))
    return tuple(found)


def _patient(kept: Record, recipe: Recipe) -> Patient:
    found = material(kept.run, recipe)
    if summary(found)["digest"] != kept.data["digest"]:
        raise BadInput(f"{kept.run.data} is not what it was trained on")
    if len(found.training) < FEWEST:
        raise BadInput(f"{len(found.training)} data are too few to hold samples against")
    return Patient(recipe, kept.space, found, kept.run.seed)


def _probed(
    folder: Path, kept: Record, patient: Patient, rows: Sequence[Row]
) -> tuple[tuple[Seen, ...], Ground | None]:
    """Looks at every whole checkpoint of the present recipe; those from before a mend are of another."""
    born = max((one.back_to for one in kept.mended), default=-1)
    ground: Ground | None = None
    moments: list[Moment] = []
    seen: list[Seen] = []
    for step in checkpoints.steps(folder / CHECKPOINTS):
        if step <= born:
            continue
        at, nets, averages = saved(folder, patient.recipe, kept.space, step)
        if at != step:
            continue  # damaged
        ground = ground or patient.ground("cpu")
        moments.append(probe(nets, ground, step=step, averages=averages if len(averages) else None))
        seen.append(Seen(step, lately(moments, rows, kept.run.steps)))
    return tuple(seen), ground


def _told(rows: Sequence[Row]) -> tuple[Seen, ...]:
    """What the diary tells, at steps evenly spread over it."""
    ends = np.linspace(0, len(rows), PLACES + 1).round().astype(int)
    seen = []
    for end in np.unique(ends[ends > 0]):
        before = rows[:end]
        step, cycle = before[-1]["step"], critic_cycle(before)
        values = {"divergence": float(divergences([], before, step))}
        seen.append(Seen(step, values if cycle is None else {**values, "loss_cycle": cycle}))
    return tuple(seen)


def _band(name: str, ground: Ground) -> Band | None:
    if name in SHARES:
        truth, measure = ground.cells.shares, SHARES[name]
        return drawn_band(lambda shares: measure(shares, truth), truth, len(ground.z))
    return null_band(PAIRS[name], ground.seen) if name in PAIRS else None
