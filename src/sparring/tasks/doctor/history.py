"""Checks that a run is judged by: its doctor's, or else its checkpoints', or else its event log alone."""

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
from sparring.diagnostics.history import count_divergences, discriminator_cycle, latest_gauges
from sparring.diagnostics.null import Band, multinomial_band, null_band
from sparring.diagnostics.probe import FEWEST, Measurement, ProbeReference, probe
from sparring.diagnostics.verdict import Complaint, GaugeValues
from sparring.engine import checkpoints
from sparring.engine.trained import CHECKPOINTS, load_nets
from sparring.practice.players import find_player_turns
from sparring.runs import events
from sparring.runs.record import Record
from sparring.runs.split import load_run_data, summary
from sparring.tasks.doctor.watch import DiagnosedRun

NOTE_KEY = "doctor"
"""Key of the doctor's notes in the event log."""

PLACES = 20
"""Number of steps at which an event log alone is checked."""

Row = Mapping[str, Any]

SHARES = {
    "total_variation": collapse.total_variation,
    "missing_modes": collapse.missing_modes,
    "reverse_kl": collapse.reverse_kl,
}
"""Gauges of two histograms over cells: the samples', then the data's."""

PAIRS = {
    "distance_ratio": collapse.distance_ratio,
    "rank_ratio": collapse.rank_ratio,
    "coverage": collapse.coverage,
    "birthday": collapse.birthday,
}
"""Gauges of two sets of features: the samples', then the data's."""


@dataclass(frozen=True)
class RunChecks:
    """Gauge values by step, with notes on where they come from."""

    seen: tuple[GaugeValues, ...]
    notes: tuple[str, ...]
    ground: ProbeReference | None

    def null_bands(self, complaints: Sequence[Complaint]) -> dict[str, Band]:
        """Return the range on real samples of each gauge of the evidence, by name, where it is known."""
        if self.ground is None:
            return {}
        names = dict.fromkeys(
            finding.gauge.name for complaint in complaints for finding in complaint.evidence
        )
        bands = {name: _band(name, self.ground) for name in names}
        return {name: band for name, band in bands.items() if band is not None}


def run_checks(folder: Path, record: Record, recipe: Recipe, rows: Sequence[Row]) -> RunChecks:
    """Return the checks of the run at `folder`, with notes on their source and the reference of the gauges.

    They are the doctor's, else gauges of the checkpoints after the last repair, else gauges of the event log
    alone, `rows`, at up to 20 steps.  A recipe that makes samples from data has only the latter.
    """
    doctor_checks = _doctor_checks(folder)
    if not recipe.latent.size:
        why = f"{recipe.name} makes samples from data: only its event log was read, for divergence and cycles"
        return RunChecks(_event_log_checks(recipe, rows), (why,), None)
    try:
        patient = _patient(record, recipe)
        if doctor_checks:
            return RunChecks(doctor_checks, (), patient.ground("cpu"))
        seen, ground = _checkpoint_checks(folder, record, patient, rows)
    except BadInput as error:
        if doctor_checks:
            return RunChecks(doctor_checks, (), None)
        return RunChecks(
            _event_log_checks(recipe, rows),
            (f"only its event log was read, for divergence and cycles: {error}",),
            None,
        )
    if not seen:
        return RunChecks(
            _event_log_checks(recipe, rows),
            ("no checkpoint of this game yet: only its event log was read, for divergence and cycles",),
            None,
        )
    steps = " and ".join(f"{check.step:,}" for check in seen[-2:])
    checkpoints_read = f"the checkpoint{'s' if len(seen) > 1 else ''} at step {steps}"
    return RunChecks(
        seen,
        (f"trained without a doctor: judged by {checkpoints_read}; train with --doctor watch to know more",),
        ground,
    )


def _doctor_checks(folder: Path) -> tuple[GaugeValues, ...]:
    """Return the doctor's checks from the event log.

    A gauge that alarmed without a number was not finite.
    """
    checks = []
    for step, body in events.notes(folder, NOTE_KEY):
        values = {**dict.fromkeys(body["alarms"], math.nan), **body["gauges"]}
        checks.append(GaugeValues(step, values))
    return tuple(checks)


def _patient(record: Record, recipe: Recipe) -> DiagnosedRun:
    split = load_run_data(record.run, recipe)
    if summary(split)["digest"] != record.data["digest"]:
        raise BadInput(f"{record.run.data} differs from the data that it was trained on")
    if len(split.training) < FEWEST:
        raise BadInput(f"{len(split.training)} data are too few to compare samples with")
    return DiagnosedRun(recipe, record.space, split, record.run.seed)


def _checkpoint_checks(
    folder: Path, record: Record, patient: DiagnosedRun, rows: Sequence[Row]
) -> tuple[tuple[GaugeValues, ...], ProbeReference | None]:
    """Probe every complete checkpoint of the present recipe.

    Checkpoints from before the last repair belong to another recipe and are skipped.
    """
    repaired_at = max((repair.back_to for repair in record.repairs), default=-1)
    players = find_player_turns(patient.recipe)
    ground: ProbeReference | None = None
    moments: list[Measurement] = []
    checks: list[GaugeValues] = []
    for step in checkpoints.steps(folder / CHECKPOINTS):
        if step <= repaired_at:
            continue
        loaded, nets, averages = load_nets(folder, patient.recipe, record.space, step)
        if loaded != step:
            continue  # the checkpoint is damaged
        ground = ground or patient.ground("cpu")
        moments.append(probe(nets, ground, step=step, averages=averages if len(averages) else None))
        checks.append(GaugeValues(step, latest_gauges(moments, rows, record.run.steps, players)))
    return tuple(checks), ground


def _event_log_checks(recipe: Recipe, rows: Sequence[Row]) -> tuple[GaugeValues, ...]:
    """Return checks of the event log alone, at evenly spaced steps."""
    players = find_player_turns(recipe)
    ends = np.linspace(0, len(rows), PLACES + 1).round().astype(int)
    checks = []
    for end in np.unique(ends[ends > 0]):
        before = rows[:end]
        step, cycle = before[-1]["step"], discriminator_cycle(before, players)
        values = {"divergence": float(count_divergences([], before, step))}
        checks.append(GaugeValues(step, values if cycle is None else {**values, "loss_cycle": cycle}))
    return tuple(checks)


def _band(name: str, ground: ProbeReference) -> Band | None:
    if name in SHARES:
        truth, measure = ground.cells.shares, SHARES[name]
        return multinomial_band(lambda shares: measure(shares, truth), truth, len(ground.z))
    return null_band(PAIRS[name], ground.seen) if name in PAIRS else None
