"""A run that is set up: everything that its trainer is made of, from what the run says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sparring.core.errors import BadInput
from sparring.core.knobs import knobs, turned
from sparring.core.recipe import Recipe
from sparring.core.space import Space
from sparring.engine.trainer import Trainer
from sparring.engine.watching import Watcher
from sparring.nets.families.registry import FAMILIES, exchanged
from sparring.practice.catalogue import practised
from sparring.practice.order import ordered
from sparring.runs.record import Record
from sparring.runs.split import Material
from sparring.tasks.opening.lookup import recipe_named


@dataclass(frozen=True)
class Course:
    """A run's record, data and recipe."""

    record: Record
    base: Recipe
    """The recipe with its practices and knobs, before it was mended and its turns were ordered."""
    found: Material

    @property
    def recipe(self) -> Recipe:
        """What is trained."""
        return self.with_remedies(one.practice for one in self.record.mended)

    def with_remedies(self, practices: Iterable[str]) -> Recipe:
        """What would be trained with these practices; `BadInput` where one does not fit."""
        return remedied(self.record, self.base, practices)

    def trainer(self, watcher: Watcher | None = None) -> Trainer:
        """A trainer at the first round."""
        found, kept = self.found, self.record
        parts = (kept.space, found.dataset, found.training, kept.starts)
        return Trainer(self.recipe, kept.run, *parts, watcher)


def remedied(kept: Record, base: Recipe, practices: Iterable[str]) -> Recipe:
    """What a run would train with these practices done to its `base`; `BadInput` where one does not fit."""
    return suited(ordered(practised(base, practices), kept.run.order), kept.space)


def recipe_of(kept: Record, step: int | None = None) -> Recipe:
    """The recipe that a run is trained with, its knobs set as they were; at `step`, before later mends."""
    mended = (one.practice for one in kept.mended if step is None or one.back_to < step)
    return remedied(kept, base_of(kept), mended)


def base_of(kept: Record) -> Recipe:
    """The same before it was mended and its turns were ordered."""
    recipe = practised(with_family(recipe_named(kept.recipe), kept.run.family), kept.run.practice)
    return turned(recipe, kept.knobs)


def settled(recipe: Recipe, practices: Sequence[str], settings: Mapping[str, object]) -> Recipe:
    """The recipe with practices and knobs; `BadInput` where one does not fit.

    Knobs of nets are set before practices, which may put a net inside another or remember how large it is;
    and all, as far as they have their names still, after them, so that a practice undoes none.
    """
    plain = knobs(recipe)
    early = {path: value for path, value in settings.items() if path in plain and path.startswith("nets.")}
    base = practised(turned(recipe, early), practices)
    gone = early.keys() - knobs(base).keys()
    return turned(base, {path: value for path, value in settings.items() if path not in gone})


def suited(recipe: Recipe, space: Space) -> Recipe:
    """The recipe with its latent as long as data of `space` ask for."""
    return replace(recipe, latent=recipe.latent.fitted(space))


def with_family(recipe: Recipe, family: str) -> Recipe:
    """The recipe with its generators and critics from another family of nets; "own" changes nothing."""
    if family == "own":
        return recipe
    if family not in FAMILIES:
        raise BadInput(f"--family {family}: there are own, {', '.join(FAMILIES)}")
    if all(exchanged(recipe.nets, other) == recipe.nets for other in FAMILIES):
        raise BadInput(f"--family {family}: {recipe.name} has nets of its own kind alone; leave --family out")
    return replace(recipe, nets=exchanged(recipe.nets, family))
