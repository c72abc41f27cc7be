"""The setup of a run: everything that its trainer is made of."""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.recipe import Recipe
from sparring.engine.trainer import Trainer
from sparring.engine.watching import Monitor
from sparring.runs.record import Record
from sparring.runs.split import RunData
from sparring.tasks.opening.resolve import resolve_record


@dataclass(frozen=True)
class RunSetup:
    """A run's record, recipe and data."""

    record: Record
    source: Recipe
    """The recipe as its file states it."""
    found: RunData
    """The data, split into training and held-out rows."""

    @property
    def recipe(self) -> Recipe:
        """The recipe that is trained: with family, knobs, practices, remedies and order."""
        return resolve_record(self.record, recipe=self.source)

    def trainer(self, watcher: Monitor | None = None) -> Trainer:
        """Return a trainer at step 0."""
        record, data = self.record, self.found
        parts = (record.space, data.dataset, data.training, record.starts)
        return Trainer(self.recipe, record.run, *parts, watcher)
