"""Claim: what a paper states about its recipe, as a check that can fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Numbers = Mapping[str, float]
"""The numbers that one trial measured, by name."""

SHARE_OF_SEEDS = 2 / 3
"""Share of the seeds for which a bound must hold; it must also hold for the mean over all seeds."""


@dataclass(frozen=True)
class AtLeast:
    """number >= times * than + plus, where `than` is a constant or the name of another number."""

    number: str
    than: float | str
    times: float = 1.0
    plus: float = 0.0

    def holds(self, numbers: Numbers) -> bool:
        """Return whether the bound holds for these numbers by name; False for NaN."""
        return numbers[self.number] >= _value(self, numbers)

    def __str__(self) -> str:
        return f"{self.number} >= {_side(self)}"


@dataclass(frozen=True)
class AtMost:
    """number <= times * than + plus, where `than` is a constant or the name of another number."""

    number: str
    than: float | str
    times: float = 1.0
    plus: float = 0.0

    def holds(self, numbers: Numbers) -> bool:
        """Return whether the bound holds for these numbers by name; False for NaN."""
        return numbers[self.number] <= _value(self, numbers)

    def __str__(self) -> str:
        return f"{self.number} <= {_side(self)}"


Bound = AtLeast | AtMost


@dataclass(frozen=True)
class Claim:
    """A recipe's signature claim at a size that a laptop can check.

    Model and baseline have the same nets, updates and evaluation; no checkpoint is picked.
    """

    says: str
    """The claim in one sentence."""
    data: str
    """What it is checked on."""
    baseline: str
    """What it is compared with."""
    trial: Callable[[int], Numbers]
    """Everything for one seed, from training to numbers."""
    bounds: tuple[Bound, ...]
    headline: str
    """The number that a table shows."""
    baseline_number: str = ""
    """The baseline's number beside it; empty where the bound is absolute."""
    calibrated: str = "as the card proposes"
    """What calibration changed of the proposed check, and why."""
    note: str = ""
    """Where the claim is not reproduced: what is known of why."""


@dataclass(frozen=True)
class Verdict:
    """Whether a claim was reproduced: every bound in the mean over the seeds and in two thirds of them."""

    reproduced: bool
    broken: tuple[str, ...]
    """The bounds that do not hold."""
    means: Numbers


def verdict(bounds: Sequence[Bound], trials: Sequence[Numbers]) -> Verdict:
    """Return whether all bounds hold over trials of different seeds, which bounds do not, and the means.

    Each trial has its numbers by name.  A bound holds if it holds for the means of the numbers over all
    trials, and in at least two thirds of the trials.  Raises `ValueError` without a trial or without a bound.
    """
    if not bounds or not trials:
        raise ValueError("a verdict needs at least one bound and one trial")
    means = {name: fmean(trial[name] for trial in trials) for name in trials[0]}
    broken = tuple(str(bound) for bound in bounds if not _mostly(bound, trials, means))
    return Verdict(not broken, broken, means)


def _mostly(bound: Bound, trials: Sequence[Numbers], means: Numbers) -> bool:
    share = sum(bound.holds(trial) for trial in trials) / len(trials)
    return bound.holds(means) and share >= SHARE_OF_SEEDS - 1e-9


def _value(bound: Bound, numbers: Numbers) -> float:
    than = numbers[bound.than] if isinstance(bound.than, str) else bound.than
    return bound.times * than + bound.plus


def _side(bound: Bound) -> str:
    factor = "" if bound.times == 1 else f"{bound.times:g} x "
    offset = "" if bound.plus == 0 else f" {'+' if bound.plus > 0 else '-'} {abs(bound.plus):g}"
    than = bound.than if isinstance(bound.than, str) else f"{bound.than:g}"
    return f"{factor}{than}{offset}"
