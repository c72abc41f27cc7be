"""Values that change during a run: learning rates, and parts of nets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class Schedule(Protocol):
    """The factor on a turn's learning rate as a function of the progress in [0, 1) of its stage."""

    def __call__(self, progress: float) -> float: ...


@dataclass(frozen=True)
class LinearDecay:
    """1 up to progress `after`, then linear decay to `to` at the end of the stage.

    Zhu et al. 2017, arXiv:1703.10593, section 4: constant in the first half, then linear to 0.
    """

    after: float = 0.5
    to: float = 0.0

    def __call__(self, progress: float) -> float:
        if progress <= self.after:
            return 1.0
        return 1 - (1 - self.to) * (progress - self.after) / (1 - self.after)


@runtime_checkable
class DependsOnProgress(Protocol):
    """A part of a net that depends on the run's progress, which the engine sets before each training step."""

    def set_progress(self, progress: float) -> None:
        """Set the state that belongs to the progress `progress` in [0, 1) of the stage."""
        ...
