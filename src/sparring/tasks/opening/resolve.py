"""From a recipe as its file states it to the recipe that a run trains: one function, its steps in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sparring.core.errors import BadInput
from sparring.core.knobs import knobs, set_knobs
from sparring.core.recipe import Recipe
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.nets.families.registry import FAMILIES, replace_family
from sparring.practice.catalogue import apply_practices
from sparring.practice.order import with_order
from sparring.runs import migration
from sparring.runs.record import Record
from sparring.tasks.opening.lookup import recipe_named


def resolve(
    recipe: Recipe,
    run: Run,
    settings: Mapping[str, object],
    *,
    remedies: Iterable[str] = (),
    space: Space | None = None,
) -> Recipe:
    """Return the recipe that `run` trains; raise `BadInput` if a step does not fit.

    1. Nets of another family (`run.family`).
    2. The knobs of nets among `settings`, before a practice puts a net inside another or copies its size.
    3. Practices (`run.practice`).
    4. All `settings` whose path still exists, so that no practice undoes one.
    5. `remedies`: practices that were added after the run began.
    6. The order of the turns (`run.order`).
    7. The size of the latent and the shares of the labels, from the data's `space` if it is known.
    """
    recipe = _with_family(recipe, run.family)
    plain = knobs(recipe)
    first = migration.knobs(settings, plain)
    early = {path: value for path, value in first.items() if path in plain and path.startswith("nets.")}
    recipe = apply_practices(set_knobs(recipe, early), run.practice)
    wrapped = knobs(recipe)
    gone = early.keys() - wrapped.keys()
    late = {
        path: value
        for path, value in migration.knobs(settings, {*wrapped, *gone}).items()
        if path not in gone
    }
    recipe = set_knobs(recipe, late)
    recipe = with_order(apply_practices(recipe, remedies), run.order)
    return recipe if space is None else fit_to(recipe, space)


def fit_to(recipe: Recipe, space: Space) -> Recipe:
    """Return the recipe with its latent adapted to data of `space` (size, shares of the labels).

    Raises `BadInput` if the latent needs other data, such as data with labels.
    """
    return replace(recipe, latent=recipe.latent.fit_to(space))


def resolve_record(
    record: Record,
    *,
    recipe: Recipe | None = None,
    remedies: Iterable[str] | None = None,
    step: int | None = None,
) -> Recipe:
    """Return the recipe that a recorded run trains; raise `BadInput` if a step of `resolve` does not fit.

    `recipe` is the recipe as its file states it, by default the one that the record names.  `remedies` are
    practices that replace the record's; without them, with `step`, only those of the record's remedies count
    that were applied before that step.
    """
    if remedies is None:
        remedies = [one.practice for one in record.repairs if step is None or one.back_to < step]
    recipe = recipe or recipe_named(record.recipe)
    return resolve(recipe, record.run, record.knobs, remedies=remedies, space=record.space)


def _with_family(recipe: Recipe, family: str) -> Recipe:
    """The recipe with its generators and discriminators from another family; "own" changes nothing."""
    if family == "own":
        return recipe
    if family not in FAMILIES:
        raise BadInput(f"--family {family}: there are own, {', '.join(FAMILIES)}")
    if all(replace_family(recipe.nets, other) == recipe.nets for other in FAMILIES):
        raise BadInput(f"--family {family}: {recipe.name} has nets of its own kind alone; leave --family out")
    return replace(recipe, nets=replace_family(recipe.nets, family))
