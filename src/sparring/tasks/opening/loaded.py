"""A trained run in the hand: draw from it, complete with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sparring.core.batch import Batch
from sparring.core.errors import BadInput
from sparring.core.labels import Labels
from sparring.data.feed import Feed
from sparring.engine import checkpoints
from sparring.engine.machine import Machine, machine_here
from sparring.engine.trained import CHECKPOINTS, Trained, samples, trained
from sparring.inverse.calibration import planned
from sparring.inverse.comparison import OURS, trial
from sparring.runs.pictures import as_arrays
from sparring.runs.record import Record, record
from sparring.runs.split import material
from sparring.tasks.opening.setup import recipe_of


@dataclass(frozen=True)
class Loaded:
    """The nets of a run's newest checkpoint, with what the run says of itself."""

    folder: Path
    record: Record
    trained: Trained

    def stream(self, n: int, seed: int = 0) -> Iterator[Tensor]:
        """What `drawn` gives, in parts of at most 256."""
        if self.trained.recipe.latent.size and n >= 1:
            return self.trained.stream(n, seed)
        found = self.drawn(n, seed)
        return (found[start : start + 256] for start in range(0, n, 256))

    def drawn(self, n: int, seed: int = 0, label: str | None = None) -> Tensor:
        """`n` samples, float32 (n, *shape), pictures in [-1, 1]; tokens int64.

        With `label`, all are asked to be of that class of the data; `BadInput` where there is none of that
        name, or the recipe's samples have no label.  Where the recipe makes samples from data, they are made
        from data of the run, held-out ones if there are any of each domain.
        """
        if n < 1:
            raise BadInput(f"--n {n}: give a whole number of at least 1")
        asked = None if label is None else self._label(label)
        if self.trained.recipe.latent.size:
            return self.trained.draw(n, seed, label=asked)
        return self._translated(n, seed)

    def _label(self, name: str) -> int:
        """The number of a class of the data that samples can be asked to be of."""
        if not isinstance(self.trained.recipe.latent, Labels):
            raise BadInput(
                f"--label {name}: {self.folder} makes samples of no label in particular; leave it out"
            )
        known: list[str] = self.record.data["classes"]
        if name not in known:
            raise BadInput(f"--label {name}: no such label in the data; there are {', '.join(known)}")
        return known.index(name)

    def _translated(self, n: int, seed: int) -> Tensor:
        recipe = self.trained.recipe
        found = material(self.record.run, recipe)
        labels = found.dataset.y
        aside = 1 if labels is None else len(np.unique(labels[found.held]))  # a small part may lack a domain
        index = found.held if len(found.held) and aside >= recipe.domains else found.training
        x, y = Feed(found.dataset, index, n, seed=seed, device="cpu", domains=recipe.domains).draw()
        batch = replace(Batch.of(recipe.latent.sample(n, torch.Generator())), x=x, y=y)
        return samples(recipe.sampler, self.trained.nets, batch)

    def sample(self, n: int = 64, seed: int = 0, label: str | None = None) -> np.ndarray:
        """`n` samples: pictures uint8 (n, height, width, channels), points float32 (n, d), tokens int64."""
        return as_arrays(self.drawn(n, seed, label))

    def machine(self, threads: int | None, device: str = "cpu") -> Machine:
        """A machine of so many threads, None: as many as the run had, to use the run on `device`."""
        return machine_here(self.record.run, device, threads)

    def require_pictures(self) -> None:
        """Raise `BadInput` for a run that does not make pictures from latents."""
        if not self.trained.space.pictures:
            raise BadInput(f"{self.folder}: makes points, not pictures; completion needs a run on pictures")
        if not self.trained.recipe.latent.size:
            raise BadInput(f"{self.folder}: translates pictures, it has no latents that could be searched")
        if not self._slopes():
            raise BadInput(f"{self.folder}: its samples do not follow their latents smoothly: no search can")

    def _slopes(self) -> bool:
        """Whether samples have a gradient in their latents."""
        z = self.trained.recipe.latent.sample(1, torch.Generator()).requires_grad_()
        with torch.enable_grad():
            sloped: bool = self.trained.generator()(z).requires_grad
        return sloped

    def complete(
        self, pictures: np.ndarray, missing: np.ndarray, *, preset: str = "default", seed: int = 0
    ) -> np.ndarray:
        """The pictures with their holes filled; known pixels stay as they are, to the byte.

        `pictures` uint8 (n, height, width, channels) of the run's size, `missing` bool (n, height, width) or
        one mask (height, width) for all.  Raises `BadInput` for other shapes, types or presets.
        """
        self.require_pictures()
        channels, height, width = self.trained.space.shape
        if pictures.dtype != np.uint8 or pictures.shape[1:] != (height, width, channels):
            wanted = f"uint8 (n, {height}, {width}, {channels})"
            raise BadInput(f"pictures: {pictures.dtype} {pictures.shape}; give {wanted}")
        if missing.dtype != np.bool_ or missing.shape not in ((height, width), pictures.shape[:3]):
            raise BadInput(f"missing: {missing.dtype} {missing.shape}; give bool (n, {height}, {width})")
        held, plan = self.trained, planned(self.folder, self.trained, preset)
        hole = np.ascontiguousarray(np.broadcast_to(missing, pictures.shape[:3]))
        found = trial(
            held.generator(),
            held.critic(),
            held.recipe.latent,
            pictures,
            hole,
            seed=seed,
            preset=plan.preset,
            blend=plan.blend,
            E=plan.E,
            others={},
        )
        return found.filled[OURS]


def load(folder: Path | str) -> Loaded:
    """The run at `folder`; raises `BadInput` where there is none, or none of its checkpoints is whole."""
    folder = Path(folder)
    kept = record(folder)
    newest = max(checkpoints.steps(folder / CHECKPOINTS), default=None)  # it may be from before a mend
    return Loaded(folder, kept, trained(folder, recipe_of(kept, newest), kept.space))
