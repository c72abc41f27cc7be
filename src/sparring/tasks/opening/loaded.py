"""A trained run: draw samples from it, complete pictures with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from sparring.core.batch import Batch
from sparring.core.errors import BadInput, require_at_least
from sparring.core.labels import Labels
from sparring.core.recipe import Recipe
from sparring.data.feed import Feed
from sparring.data.needs import splits_classes
from sparring.engine import checkpoints
from sparring.engine.machine import Machine, machine_for_use
from sparring.engine.trained import CHECKPOINTS, TrainedNets, load_trained, samples
from sparring.inverse.calibration import plan_search
from sparring.inverse.comparison import OURS, compare
from sparring.runs.pictures import as_arrays
from sparring.runs.record import Record, read_record, run_folder
from sparring.runs.split import RunData, load_run_data
from sparring.tasks.opening.resolve import resolve_record


@dataclass(frozen=True)
class LoadedRun:
    """The nets of a run's newest checkpoint, with the run's record."""

    folder: Path
    record: Record
    trained: TrainedNets

    def stream(self, n: int, seed: int = 0) -> Iterator[Tensor]:
        """Return an iterator over the samples of `drawn(n, seed)`, in parts of at most 256."""
        if self.trained.recipe.latent.size and n >= 1:
            return self.trained.stream(n, seed)
        whole = self.drawn(n, seed)
        return (whole[start : start + 256] for start in range(0, n, 256))

    def drawn(self, n: int, seed: int = 0, label: str | None = None) -> Tensor:
        """Draw `n` samples, (n, *shape) on the CPU: float32, pictures in [-1, 1]; tokens int64.

        With `label`, all samples are conditioned on that class of the data; `BadInput` if there is no such
        class, or if the recipe's samples have no label.  A recipe that makes samples from data takes data of
        the run: held-out data, if there are some of each domain.
        """
        require_at_least("--n", n)
        index = None if label is None else self._label(label)
        if self.trained.recipe.latent.size:
            return self.trained.draw(n, seed, label=index)
        return self._translate(n, seed)

    def _label(self, name: str) -> int:
        """Return the index of a class of the data on which samples can be conditioned."""
        if not isinstance(self.trained.recipe.latent, Labels):
            raise BadInput(
                f"--label {name}: {self.folder} cannot generate samples of a chosen label; leave --label out"
            )
        known: list[str] = self.record.data["classes"]
        if name not in known:
            raise BadInput(f"--label {name}: no such label in the data; there are {', '.join(known)}")
        return known.index(name)

    def _translate(self, n: int, seed: int) -> Tensor:
        recipe, data = self.trained.recipe, self.run_data()
        index = data.held if len(data.held) and _has_both_sets(data, recipe) else data.training
        x, y, columns = Feed(data.dataset, index, n, seed=seed, device="cpu", needs=recipe.needs).draw()
        batch = replace(Batch.of(recipe.latent.sample(n, torch.Generator())), x=x, y=y, columns=columns)
        return samples(recipe.sampler, self.trained.nets, batch)

    def sample(self, n: int = 64, seed: int = 0, label: str | None = None) -> np.ndarray:
        """Draw `n` samples: pictures uint8 (n, h, w, channels), points float32 (n, d), tokens int64."""
        return as_arrays(self.drawn(n, seed, label))

    def machine(self, threads: int | None, device: str = "cpu") -> Machine:
        """Return a machine on `device` with `threads` CPU threads; None: as many as in training."""
        return machine_for_use(self.record.run, device, threads)

    def run_data(self) -> RunData:
        """Load the run's data, split as in training; `BadInput` if they cannot be read."""
        return load_run_data(self.record.run, self.trained.recipe)

    def require_pictures(self) -> None:
        """Raise `BadInput` for a run that does not make pictures, differentiably, from latents."""
        if not self.trained.space.pictures:
            raise BadInput(f"{self.folder}: makes points, not pictures; completion needs a run on pictures")
        if not self.trained.recipe.latent.size:
            raise BadInput(f"{self.folder}: translates pictures and has no latents to search")
        if not self._has_gradient():
            raise BadInput(
                f"{self.folder}: its samples are not differentiable in their latents; search needs gradients"
            )

    def _has_gradient(self) -> bool:
        """Return whether samples have a gradient with respect to their latents."""
        z = self.trained.recipe.latent.sample(1, torch.Generator()).requires_grad_()
        with torch.enable_grad():
            differentiable: bool = self.trained.generator()(z).requires_grad
        return differentiable

    def complete(
        self, pictures: np.ndarray, missing: np.ndarray, *, preset: str = "default", seed: int = 0
    ) -> np.ndarray:
        """Return the pictures with their holes filled; known pixels are unchanged, to the byte.

        `pictures` uint8 (n, height, width, channels) of the run's size, `missing` bool (n, height, width) or
        one mask (height, width) for all, True where missing.  `preset` is "default", "fast", "amortised",
        "faithful", "yeh2017", "bamos", "csgm" or "igan".  Raises `BadInput` for other shapes, types or
        presets.
        """
        self.require_pictures()
        channels, height, width = self.trained.space.shape
        if pictures.dtype != np.uint8 or pictures.shape[1:] != (height, width, channels):
            wanted = f"uint8 (n, {height}, {width}, {channels})"
            raise BadInput(f"pictures: {pictures.dtype} {pictures.shape}; give {wanted}")
        if missing.dtype != np.bool_ or missing.shape not in ((height, width), pictures.shape[:3]):
            raise BadInput(f"missing: {missing.dtype} {missing.shape}; give bool (n, {height}, {width})")
        plan = plan_search(self.folder, self.trained, preset)
        hole = np.ascontiguousarray(np.broadcast_to(missing, pictures.shape[:3]))
        result = compare(
            plan.model, pictures, hole, seed=seed, preset=plan.preset, blend=plan.blend, others={}
        )
        return result.filled[OURS]


def _has_both_sets(data: RunData, recipe: Recipe) -> bool:
    """Return whether the held-out data have what the recipe needs: a small part may lack one of two sets."""
    labels = data.dataset.y
    split = splits_classes(data.dataset, recipe.needs)
    return not split or (labels is not None and len(np.unique(labels[data.held])) == 2)


def load(folder: Path | str) -> LoadedRun:
    """Load the run at `folder`, a run directory or its `run.json`.

    Raises `BadInput` if there is no run, or none of its checkpoints is intact.
    """
    run_record, folder = read_record(Path(folder)), run_folder(Path(folder))
    newest = max(checkpoints.steps(folder / CHECKPOINTS), default=None)  # it may be older than a repair
    return LoadedRun(
        folder, run_record, load_trained(folder, resolve_record(run_record, step=newest), run_record.space)
    )


def load_for_search(folder: Path | str) -> LoadedRun:
    """Load the run at `folder` for a search of its latents.

    Raises `BadInput` if there is no intact run, or if it makes no pictures, differentiably, from latents.
    """
    loaded = load(folder)
    loaded.require_pictures()
    return loaded
