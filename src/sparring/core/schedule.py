"""What changes as a run goes on: learning rates, and parts of nets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


class Schedule(Protocol):
    """The factor on a turn's learning rate, from the part in [0, 1) of its stage's rounds that is over."""

    def __call__(self, over: float) -> float: ...


@dataclass(frozen=True)
class Falling:
    """1 until `after` of the stage is over, then in a straight line down to `to` at its end.

    Zhu et al. 2017, arXiv:1703.10593, section 4: the first half constant, then to 0.
    """

    after: float = 0.5
    to: float = 0.0

    def __call__(self, over: float) -> float:
        if over <= self.after:
            return 1.0
        return 1 - (1 - self.to) * (over - self.after) / (1 - self.after)


@runtime_checkable
class Timed(Protocol):
    """A part of a net that changes with the run; the engine tells it before each round how much is over."""

    def reach(self, over: float) -> None:
        """Be as one should be when the part `over` in [0, 1) of the stage's rounds is over."""
        ...
