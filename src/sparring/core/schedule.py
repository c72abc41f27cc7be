"""Schedules of a learning rate as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


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
