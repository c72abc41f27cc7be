"""Who looks at a game while it is played."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from sparring.engine.game import Game


@dataclass(frozen=True)
class Look:
    """What was seen at one step."""

    note: dict[str, Any] = field(default_factory=dict)
    """For the diary, as JSON."""
    pinned: frozenset[int] = frozenset()
    """Steps whose checkpoints stay: this one and earlier ones."""
    enough: bool = False
    """Whether the game is to be stopped here."""


class Watcher(Protocol):
    """Looks at a game every so often and leaves it as it is, to the bit."""

    @property
    def every(self) -> int:
        """Rounds between two looks; there is always one after the last round."""
        ...

    def look(self, game: Game) -> Look: ...
