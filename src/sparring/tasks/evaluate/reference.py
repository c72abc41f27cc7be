"""The real data that a run is compared with: data it was not trained on, where there are any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset
from sparring.data.holdout import digests
from sparring.data.needs import splits_classes
from sparring.data.sources import absolute_spec, dataset
from sparring.runs.split import RunData, load_run_data, training_digests
from sparring.tasks.opening.loaded import LoadedRun

FEWEST = 60
"""Least size of a reference: its halves must have enough neighbours."""


@dataclass(frozen=True)
class Reference:
    """Real data for comparison, with notes on where they come from."""

    dataset: Dataset
    index: np.ndarray
    """Rows that are compared, drawn at random, (n,)."""
    split: str
    unseen: bool
    """Whether the run was trained on none of them."""
    home: RunData
    """The run's own data."""
    domain: int | None
    """Domain, 0 or 1, of the run's samples; None where there is only one."""
    notes: tuple[str, ...]

    @property
    def training(self) -> np.ndarray:
        """Indices of the run's training data, from the samples' domain."""
        return _of_domain(self.home.dataset, self.home.training, self.domain)


def reference(loaded: LoadedRun, spec: str | None, n: int, seed: int) -> Reference:
    """Return real data to compare with: at most `n` rows of `spec`, or, if None, of the run's own data.

    The rows are drawn with `seed`, and resized to the run's shape. Data that the run was trained on are left
    out, as long as 60 others remain; else all are candidates, and `unseen` is False. Raises `BadInput` for
    data of another shape, and for fewer than 60.
    """
    recipe = loaded.trained.recipe
    home = load_run_data(loaded.record.run, recipe)
    real, marks = (home.dataset, home.digests) if spec is None else _other_data(loaded, spec)
    split = splits_classes(home.dataset, recipe.needs)
    domain = _sample_domain(recipe.latent.size) if split else None
    candidates = _of_domain(real, np.arange(len(real)), domain)
    unused = candidates[~np.isin(marks[candidates], training_digests(loaded.folder))]
    unseen = len(unused) >= FEWEST
    pool, notes = unused if unseen else candidates, []
    if len(pool) < FEWEST:
        raise BadInput(f"{real.spec}: has {len(pool)} data to compare with; give at least {FEWEST}")
    if not unseen:
        notes.append(
            f"only {len(unused)} data were held out of training, under {FEWEST}, so the reference has "
            "training data: its numbers flatter a generator that repeats them"
        )
    if n > len(pool):
        notes.append(f"{n} were asked for; the reference has {len(pool)}, so as many fakes are compared")
    index = np.sort(np.random.default_rng(seed).permutation(pool)[:n])
    return Reference(real, index, _split(spec, unseen, len(unused)), unseen, home, domain, tuple(notes))


def _other_data(loaded: LoadedRun, spec: str) -> tuple[Dataset, np.ndarray]:
    run, shape = loaded.record.run, loaded.record.space.shape
    if absolute_spec(spec) == run.data:
        source = dataset(spec, size=run.size, crop=run.crop, channels=run.channels)
    elif len(shape) == 3:
        source = dataset(spec, size=f"{shape[1]}x{shape[2]}", crop=run.crop, channels=shape[0])
    else:
        source = dataset(spec)
    if source.shape != shape or source.tokens:
        raise BadInput(f"--data {spec}: a sample has shape {source.shape}, the run's samples have {shape}")
    return source, digests(source.x)


def _sample_domain(latent: int) -> int:
    """Return 1 for translators, which have no latent, and 0 for other systems."""
    return 0 if latent else 1


def _of_domain(source: Dataset, index: np.ndarray, domain: int | None) -> np.ndarray:
    if domain is None or source.y is None or len(source.classes) != 2:
        return index
    rows: np.ndarray = index[source.y[index] == domain]
    return rows


def _split(spec: str | None, unseen: bool, unused: int) -> str:
    if not unseen:
        return "all, training data included"
    return "held out from training" if spec is None else f"the {unused} that the run was not trained on"
