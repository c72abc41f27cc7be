"""The interface of monitors that check a game during training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from sparring.engine.game import Game


@dataclass(frozen=True)
class Check:
    """The result of one check."""

    note: dict[str, Any] = field(default_factory=dict)
    """For the event log, as JSON."""
    pinned: frozenset[int] = frozenset()
    """Steps whose checkpoints must be kept: this one and earlier ones."""
    enough: bool = False
    """Whether to stop the training here."""


class Monitor(Protocol):
    """Checks a game at intervals without changing it, to the bit."""

    @property
    def every(self) -> int:
        """Steps between two checks; there is always one after the last step."""
        ...

    def check(self, game: Game) -> Check: ...
