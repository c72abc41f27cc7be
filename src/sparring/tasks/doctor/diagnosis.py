"""What is wrong with a run, read from its folder: evidence, likely causes, remedies, the command to type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from math import isfinite, nan
from pathlib import Path
from typing import Any

from sparring.core.errors import BadInput
from sparring.diagnostics.finding import Finding, Level
from sparring.diagnostics.null import Band
from sparring.diagnostics.remedies import CAUSES, Remedy
from sparring.diagnostics.verdict import WARM_UP, Complaint, Kind, Seen, best, complaints, well
from sparring.engine import checkpoints
from sparring.engine.trained import CHECKPOINTS
from sparring.plots.equilibrium import constants
from sparring.runs import events
from sparring.runs.record import Mended, Record, record
from sparring.tasks.doctor.commands import beginning_anew, fitting, going_back
from sparring.tasks.doctor.completion import completion_ratio
from sparring.tasks.doctor.history import looks
from sparring.tasks.opening.setup import base_of, recipe_of

CURES = 3
"""Remedies that are named for each complaint, at most."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Cure:
    """A remedy, and the command that goes on with it; empty where there is none."""

    remedy: Remedy
    command: str = ""


@dataclass(frozen=True)
class Trouble:
    """A complaint with what is likely behind it and what helps, the first to try first."""

    complaint: Complaint
    causes: tuple[str, ...]
    cures: tuple[Cure, ...] = ()
    name: str = ""
    """What it is called; empty: as its kind."""

    @property
    def title(self) -> str:
        """What is wrong, and since when."""
        kind, since = self.complaint.kind, f"{self.complaint.since:,}"
        past = kind is Kind.PAST_BEST
        return f"best was step {since}" if past else f"{self.name or kind.value}, since step {since}"

    def curves(self, seen: Sequence[Seen]) -> dict[str, tuple[list[int], list[float]]]:
        """Steps and values of each gauge of the evidence through a run; of what is past its best, the MMD."""
        past = self.complaint.kind is Kind.PAST_BEST
        names = ["mmd"] if past else [found.gauge.name for found in self.complaint.evidence]
        found = {name: [one for one in seen if isfinite(one.values.get(name, nan))] for name in names}
        return {
            name: ([one.step for one in there], [one.values[name] for one in there])
            for name, there in found.items()
        }


@dataclass(frozen=True)
class Diagnosis:
    """What was found, what it was found from, and what a reader should know."""

    source: Path
    """Run directory, or the file of losses."""
    about: str
    """What was trained on what."""
    step: int
    steps: int
    """How far it is, of how many steps."""
    troubles: tuple[Trouble, ...]
    """The worst first."""
    seen: tuple[Seen, ...]
    """Gauges through the run."""
    rows: Sequence[Row] = field(repr=False, default=())
    """The diary: {"step", "turn.term": value}."""
    lines: Mapping[str, float] = field(default_factory=dict)
    """What losses are at equilibrium, by "turn.term"."""
    null: Mapping[str, Band] = field(default_factory=dict)
    """What true samples would read on a gauge, as far as that is known."""
    notes: tuple[str, ...] = ()
    mended: tuple[Mended, ...] = ()

    @property
    def findings(self) -> tuple[Trouble, ...]:
        """What fails."""
        return tuple(one for one in self.troubles if one.complaint.level is Level.FAIL)

    @property
    def doubts(self) -> tuple[Trouble, ...]:
        """What is worth watching."""
        return tuple(one for one in self.troubles if one.complaint.level is not Level.FAIL)

    @property
    def verdict(self) -> str:
        """All in a line."""
        many, doubts = len(self.findings), len(self.doubts)
        said = f"{many} finding{'s' if many > 1 else ''}" if many else "healthy"
        return f"{said}, {doubts} worth watching" if doubts else said

    @property
    def best(self) -> int | None:
        """The step of the look whose samples were nearest to the data; None where none was measured."""
        top = best(self.seen)
        return None if top is None else top.step

    def as_json(self) -> dict[str, Any]:
        """All of it but the diary; a number that is not finite is null."""
        return {
            "source": str(self.source),
            "about": self.about,
            "step": self.step,
            "steps": self.steps,
            "healthy": not self.findings,
            "best": self.best,
            "findings": [self._told(one) for one in self.findings],
            "worth_watching": [self._told(one) for one in self.doubts],
            "notes": list(self.notes),
            "mended": [asdict(one) for one in self.mended],
            "seen": [
                {"step": one.step, "gauges": {k: _finite(v) for k, v in one.values.items()}}
                for one in self.seen
            ],
        }

    def _told(self, one: Trouble) -> dict[str, Any]:
        return {
            "kind": one.complaint.kind.value,
            "name": one.title,
            "level": one.complaint.level.name,
            "since": one.complaint.since,
            "evidence": [self._evidence(found) for found in one.complaint.evidence],
            "causes": list(one.causes),
            "remedies": [{**asdict(cure.remedy), "command": cure.command} for cure in one.cures],
        }

    def _evidence(self, found: Finding) -> dict[str, Any]:
        band = self.null.get(found.gauge.name)
        return {
            "gauge": found.gauge.name,
            "says": found.gauge.says,
            "value": _finite(found.value),
            "level": found.level.name,
            "limit": found.why,
            "null": None if band is None else [band.low, band.high],
            "source": found.gauge.source,
        }


def diagnosis(run: Path, *, completion: bool = False) -> Diagnosis:
    """The diagnosis of the run at `run`, its folder or `run.json`, be it finished, running or stopped.

    A run that was watched is judged by what its doctor noted, another by its checkpoints and diary.  With
    `completion` it also fills holes in held-out pictures, see `holes`.  Raises `BadInput` where there is no
    run, nothing to judge it by yet, or nothing to complete.
    """
    kept = record(run)
    folder = run if run.is_dir() else run.parent
    rows, recipe = events.read(folder), recipe_of(kept)
    found = looks(folder, kept, recipe, rows)
    there = checkpoints.steps(folder / CHECKPOINTS)
    last = max([*there, *(row["step"] for row in rows), *(one.step for one in found.seen)], default=0)
    if not found.seen:
        raise BadInput(f"{folder}: there is nothing to judge it by yet; train for at least --log-every steps")
    seen, notes, steps = found.seen, found.notes, kept.run.steps
    if completion:
        ratio = completion_ratio(folder)
        seen = (*seen[:-1], replace(seen[-1], values={**seen[-1].values, "completion_ratio": ratio}))
        notes = (*notes, f"holes in held-out pictures: {ratio:.2f} times the error of a copy")
    return Diagnosis(
        folder,
        f"{recipe.name} on {kept.run.data}",
        last,
        steps,
        tuple(_troubles(folder, kept, seen, there)),
        seen,
        rows,
        constants(recipe),
        found.null(complaints(seen, steps)),
        (*_standing(last, seen[-1].step, steps), *notes),
        kept.mended,
    )


def _standing(last: int, looked: int, steps: int) -> Iterator[str]:
    if last < steps:
        yield f"at step {last:,} of {steps:,}: stopped, or running (then stop it before any command below)"
    if looked <= WARM_UP * steps:
        yield f"too early to tell: looked at step {looked:,} of {steps:,}, and every game begins badly"


def _troubles(folder: Path, kept: Record, seen: Sequence[Seen], there: Sequence[int]) -> Iterator[Trouble]:
    base = base_of(kept)
    for one in complaints(seen, kept.run.steps):
        back = _good(one, seen, there, kept.run.steps)
        cures = []
        for remedy in islice(fitting(kept, base, [one.kind]), CURES):
            word = remedy.practice
            if back is None:
                cures.append(Cure(remedy, beginning_anew(folder, kept, base, word)))
            else:
                cures.append(Cure(remedy, going_back(folder, word, back)))
        yield Trouble(one, CAUSES[one.kind], tuple(cures))


def _good(one: Complaint, seen: Sequence[Seen], there: Sequence[int], steps: int) -> int | None:
    """The last checkpoint before the trouble at which all was well; the best one, where that is over."""
    if one.kind is Kind.PAST_BEST:
        until = one.since
    else:
        until = max((look.step for look in seen if look.step < one.since and well(look)), default=0)
    return max((step for step in there if step <= until and step < steps), default=None)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
