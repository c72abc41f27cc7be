"""A trained run in the hand: draw from it, complete with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from sparring.apps.completion import presets
from sparring.apps.completion.trial import OURS, trial
from sparring.apps.training import recipe_of
from sparring.core.errors import BadInput
from sparring.engine.pictures import as_arrays
from sparring.engine.record import Record, record
from sparring.engine.trained import Trained, trained


@dataclass(frozen=True)
class Loaded:
    """The nets of a run's newest checkpoint, with what the run says of itself."""

    folder: Path
    record: Record
    trained: Trained

    def drawn(self, n: int, seed: int = 0) -> Tensor:
        """`n` samples, float32 (n, *shape); pictures in [-1, 1]."""
        if n < 1:
            raise BadInput(f"--n {n}: give a whole number of at least 1")
        return self.trained.draw(n, seed)

    def sample(self, n: int = 64, seed: int = 0) -> np.ndarray:
        """`n` samples: pictures uint8 (n, height, width, channels), points float32 (n, dimensions)."""
        return as_arrays(self.drawn(n, seed))

    def require_pictures(self) -> None:
        """Raise `BadInput` for a run on points."""
        if not self.trained.space.pictures:
            raise BadInput(f"{self.folder}: makes points, not pictures; completion needs a run on pictures")

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
        search = presets.preset(preset)
        hole = np.ascontiguousarray(np.broadcast_to(missing, pictures.shape[:3]))
        nets, latent = self.trained.nets, self.trained.recipe.latent
        found = trial(nets["G"], nets["D"], latent, pictures, hole, seed=seed, preset=search, others={})
        return found.filled[OURS]


def load(folder: Path | str) -> Loaded:
    """The run at `folder`; raises `BadInput` where there is none, or none of its checkpoints is whole."""
    folder = Path(folder)
    kept = record(folder)
    return Loaded(folder, kept, trained(folder, recipe_of(kept), kept.space))
