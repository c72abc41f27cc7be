"""Which real data a run is held against: data that it was not trained on, where there are any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests
from sparring.data.sources import anywhere, dataset
from sparring.runs.split import Material, material, trained_on
from sparring.tasks.opening.loaded import Loaded

FEWEST = 60
"""Data that a reference must have: halves of it still have neighbours to speak of."""


@dataclass(frozen=True)
class Reference:
    """Real data, and what may be said of them."""

    dataset: Dataset
    index: np.ndarray
    """The data that are compared, drawn at random, (n,)."""
    split: str
    unseen: bool
    """Whether the run was trained on none of them."""
    home: Material
    """The run's own data."""
    domain: int | None
    """Which of two domains the run's samples are of; None where there is one."""
    notes: tuple[str, ...]

    @property
    def training(self) -> np.ndarray:
        """Indices of the run's training data, of the samples' domain."""
        return _of_domain(self.home.dataset, self.home.training, self.domain)


def reference(held: Loaded, spec: str | None, n: int, seed: int) -> Reference:
    """At most `n` data of `spec`, or of the run's own data, brought to the run's size.

    Those that the run was trained on are left out, as long as 60 others remain.  `BadInput` for data of
    another shape, and for fewer than 60.
    """
    recipe = held.trained.recipe
    home = material(held.record.run, recipe)
    found, marks = (home.dataset, home.digests) if spec is None else _other(held, spec)
    domain = None if recipe.domains == 1 else _shown_domain(recipe.latent.size)
    every = _of_domain(found, np.arange(len(found)), domain)
    fresh = every[~np.isin(marks[every], trained_on(held.folder))]
    unseen = len(fresh) >= FEWEST
    pool, notes = fresh if unseen else every, []
    if len(pool) < FEWEST:
        raise BadInput(f"{found.spec}: has {len(pool)} data to compare with; give at least {FEWEST}")
    if not unseen:
        notes.append(
            f"only {len(fresh)} data were kept from training, under {FEWEST}, so the reference has training "
            "data: its numbers flatter a generator that repeats them"
        )
    if n > len(pool):
        notes.append(f"{n} were asked for; the reference has {len(pool)}, so as many fakes are compared")
    index = np.sort(np.random.default_rng(seed).permutation(pool)[:n])
    return Reference(found, index, _split(spec, unseen, len(fresh)), unseen, home, domain, tuple(notes))


def _other(held: Loaded, spec: str) -> tuple[Dataset, np.ndarray]:
    run, shape = held.record.run, held.record.space.shape
    if anywhere(spec) == run.data:
        found = dataset(spec, size=run.size, crop=run.crop, channels=run.channels)
    elif len(shape) == 3:
        found = dataset(spec, size=f"{shape[1]}x{shape[2]}", crop=run.crop, channels=shape[0])
    else:
        found = dataset(spec)
    if found.shape != shape or found.tokens:
        raise BadInput(f"--data {spec}: one datum has shape {found.shape}, the run's samples have {shape}")
    return found, digests(found.x)


def _shown_domain(latent: int) -> int:
    """Translators, which have no latent, make data of the second domain; other systems show the first."""
    return 0 if latent else 1


def _of_domain(found: Dataset, index: np.ndarray, domain: int | None) -> np.ndarray:
    if domain is None or found.y is None or len(found.classes) != 2:
        return index
    theirs: np.ndarray = index[found.y[index] == domain]
    return theirs


def _split(spec: str | None, unseen: bool, fresh: int) -> str:
    if not unseen:
        return "all, training data included"
    return "held out from training" if spec is None else f"the {fresh} that the run was not trained on"
