"""Diagnosis of a run directory: evidence, likely causes, remedies and the commands that apply them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from math import isfinite, nan
from pathlib import Path
from typing import Any

from sparring.core.errors import BadInput
from sparring.core.recipe import Role
from sparring.diagnostics.finding import Finding, Level
from sparring.diagnostics.null import Band
from sparring.diagnostics.remedies import CAUSES, Remedy
from sparring.diagnostics.verdict import (
    WARM_UP,
    Complaint,
    GaugeValues,
    Kind,
    best_check,
    complaints,
    is_healthy,
)
from sparring.engine import checkpoints
from sparring.engine.trained import CHECKPOINTS
from sparring.plots.equilibrium import equilibrium_losses
from sparring.runs import events
from sparring.runs.files import finite
from sparring.runs.record import Record, Repair, read_record, run_folder
from sparring.tasks.doctor.commands import applicable_remedies, resume_command, retrain_command
from sparring.tasks.doctor.completion import completion_ratio
from sparring.tasks.doctor.history import run_checks
from sparring.tasks.figures.losses import turn_roles
from sparring.tasks.opening.lookup import recipe_named
from sparring.tasks.opening.resolve import resolve_record

MOST_REMEDIES = 3
"""Largest number of remedies listed for each complaint."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class RemedyCommand:
    """A remedy and the command that continues the run with it; the command may be empty."""

    remedy: Remedy
    command: str = ""


@dataclass(frozen=True)
class Trouble:
    """A complaint with its likely causes and remedies, in the order to try them.

    >>> complaint = Complaint(Kind.DIVERGENCE, Level.FAIL, since=1200, evidence=())
    >>> Trouble(complaint, causes=("the learning rate is too high",)).title
    'divergence, since step 1,200'
    """

    complaint: Complaint
    causes: tuple[str, ...]
    cures: tuple[RemedyCommand, ...] = ()
    name: str = ""
    """Its name in reports; empty: the name of its kind."""

    @property
    def title(self) -> str:
        """The name and first step of the complaint, such as "divergence, since step 1,200"."""
        kind, since = self.complaint.kind, f"{self.complaint.since:,}"
        past = kind is Kind.PAST_BEST
        return f"best was step {since}" if past else f"{self.name or kind.value}, since step {since}"

    def curves(self, seen: Sequence[GaugeValues]) -> dict[str, tuple[list[int], list[float]]]:
        """Return (steps, values) through the checks `seen` of each gauge of the evidence, by gauge name.

        Values that are not finite are left out. For a run past its best it is the MMD to the data, as "mmd".
        """
        past = self.complaint.kind is Kind.PAST_BEST
        names = ["mmd"] if past else [finding.gauge.name for finding in self.complaint.evidence]
        finite = {name: [check for check in seen if isfinite(check.values.get(name, nan))] for name in names}
        return {
            name: ([check.step for check in checks], [check.values[name] for check in checks])
            for name, checks in finite.items()
        }


@dataclass(frozen=True)
class Diagnosis:
    """Complaints about a run, the gauge values they rest on, and notes for the reader.

    >>> diagnosis = Diagnosis(Path("runs/digits"), "r1_gan on digits", 500, 1000, troubles=(), seen=())
    >>> diagnosis.verdict, diagnosis.step
    ('healthy', 500)
    """

    source: Path
    """Run directory, or file of losses."""
    about: str
    """Recipe and data, in words."""
    step: int
    steps: int
    """Total number of steps of the run; `step` of them are done."""
    troubles: tuple[Trouble, ...]
    """Sorted, worst first."""
    seen: tuple[GaugeValues, ...]
    """Gauge values at each check."""
    rows: Sequence[Row] = field(repr=False, default=())
    """Rows of the event log: {"step", "turn.term": value}."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Role, generator or discriminator, of the nets that a turn trains, by turn."""
    equilibrium: Mapping[str, float] = field(default_factory=dict)
    """Losses at equilibrium, by "turn.term"."""
    null_bands: Mapping[str, Band] = field(default_factory=dict)
    """Range of a gauge on samples of the data itself, by gauge name, where it is known."""
    notes: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def findings(self) -> tuple[Trouble, ...]:
        """Troubles that fail."""
        return tuple(trouble for trouble in self.troubles if trouble.complaint.level is Level.FAIL)

    @property
    def doubts(self) -> tuple[Trouble, ...]:
        """Troubles that only warn."""
        return tuple(trouble for trouble in self.troubles if trouble.complaint.level is not Level.FAIL)

    @property
    def verdict(self) -> str:
        """Summary in one line, such as "healthy" or "2 findings, 1 worth watching"."""
        many, doubts = len(self.findings), len(self.doubts)
        summary = f"{many} finding{'s' if many > 1 else ''}" if many else "healthy"
        return f"{summary}, {doubts} worth watching" if doubts else summary

    @property
    def best(self) -> int | None:
        """Step of the check with the lowest MMD to the data; None where none was measured."""
        top = best_check(self.seen)
        return None if top is None else top.step

    def as_json(self) -> dict[str, Any]:
        """Return everything but the event log as JSON types; numbers that are not finite become None.

        The entries are "source", "about", "step", "steps", "healthy", "best", "findings" (troubles that
        fail), "worth_watching" (those that warn), "notes", "repairs", and "seen", the gauges at each check. A
        trouble has "kind", "name", "level", "since", "evidence", "causes" and "remedies", each with its
        command. Evidence is a list of dicts with "gauge", "says", "value", "level", "limit", "null" (its
        range on real data, or None) and "source".
        """
        return {
            "source": str(self.source),
            "about": self.about,
            "step": self.step,
            "steps": self.steps,
            "healthy": not self.findings,
            "best": self.best,
            "findings": [self._trouble(trouble) for trouble in self.findings],
            "worth_watching": [self._trouble(trouble) for trouble in self.doubts],
            "notes": list(self.notes),
            "repairs": [asdict(repair) for repair in self.repairs],
            "seen": [
                {"step": check.step, "gauges": {k: finite(v) for k, v in check.values.items()}}
                for check in self.seen
            ],
        }

    def _trouble(self, trouble: Trouble) -> dict[str, Any]:
        return {
            "kind": trouble.complaint.kind.value,
            "name": trouble.title,
            "level": trouble.complaint.level.name,
            "since": trouble.complaint.since,
            "evidence": [self._evidence(finding) for finding in trouble.complaint.evidence],
            "causes": list(trouble.causes),
            "remedies": [{**asdict(cure.remedy), "command": cure.command} for cure in trouble.cures],
        }

    def _evidence(self, finding: Finding) -> dict[str, Any]:
        band = self.null_bands.get(finding.gauge.name)
        return {
            "gauge": finding.gauge.name,
            "says": finding.gauge.says,
            "value": finite(finding.value),
            "level": finding.level.name,
            "limit": finding.why,
            "null": None if band is None else [band.low, band.high],
            "source": finding.gauge.source,
        }


def diagnosis(run: Path, *, completion: bool = False) -> Diagnosis:
    """Return the diagnosis of the run at `run`, a directory or its `run.json`, finished, running or stopped.

    A run trained with a doctor is diagnosed from the doctor's checks, another from its checkpoints and event
    log. With `completion` it also inpaints held-out pictures, and adds `completion_ratio` to the gauges of
    the last check. Raises `BadInput` if there is no run, nothing to diagnose yet, or nothing to complete.
    """
    run_record = read_record(run)
    folder = run_folder(run)
    rows, recipe = events.read(folder), resolve_record(run_record)
    checks = run_checks(folder, run_record, recipe, rows)
    saved_steps = checkpoints.steps(folder / CHECKPOINTS)
    last = max(
        [*saved_steps, *(row["step"] for row in rows), *(check.step for check in checks.seen)], default=0
    )
    if not checks.seen:
        raise BadInput(f"{folder}: there is nothing to judge it by yet; train for at least --log-every steps")
    seen, notes, steps = checks.seen, checks.notes, run_record.run.steps
    if completion:
        ratio = completion_ratio(folder)
        seen = (*seen[:-1], replace(seen[-1], values={**seen[-1].values, "completion_ratio": ratio}))
        notes = (*notes, f"inpainting held-out pictures: {ratio:.2f} times the error of a copy")
    return Diagnosis(
        folder,
        f"{recipe.name} on {run_record.run.data}",
        last,
        steps,
        tuple(_troubles(folder, run_record, seen, saved_steps)),
        seen,
        rows,
        turn_roles(recipe),
        equilibrium_losses(recipe),
        checks.null_bands(complaints(seen, steps)),
        (*_progress_notes(last, seen[-1].step, steps), *notes),
        run_record.repairs,
    )


def _progress_notes(last: int, checked: int, steps: int) -> Iterator[str]:
    if last < steps:
        yield f"at step {last:,} of {steps:,}: stopped, or running (then stop it before any command below)"
    if checked <= WARM_UP * steps:
        yield f"too early to tell: last check at step {checked:,} of {steps:,}; early samples are always poor"


def _troubles(
    folder: Path, run_record: Record, seen: Sequence[GaugeValues], saved_steps: Sequence[int]
) -> Iterator[Trouble]:
    source = recipe_named(run_record.recipe)
    for complaint in complaints(seen, run_record.run.steps):
        healthy = _last_healthy(complaint, seen, saved_steps, run_record.run.steps)
        cures = []
        for remedy in islice(applicable_remedies(run_record, source, [complaint.kind]), MOST_REMEDIES):
            practice = remedy.practice
            if healthy is None:
                cures.append(RemedyCommand(remedy, retrain_command(folder, run_record, source, practice)))
            else:
                cures.append(RemedyCommand(remedy, resume_command(folder, practice, healthy)))
        yield Trouble(complaint, CAUSES[complaint.kind], tuple(cures))


def _last_healthy(
    complaint: Complaint, seen: Sequence[GaugeValues], saved_steps: Sequence[int], steps: int
) -> int | None:
    """Return the last healthy checkpoint before the trouble; for a run past its best, the best one."""
    if complaint.kind is Kind.PAST_BEST:
        until = complaint.since
    else:
        until = max(
            (check.step for check in seen if check.step < complaint.since and is_healthy(check)), default=0
        )
    return max((step for step in saved_steps if step <= until and step < steps), default=None)
