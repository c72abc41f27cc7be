"""What a recipe needs of the data besides x and labels."""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.kinds import Kind


@dataclass(frozen=True)
class Need:
    """A further field of the data that a recipe's losses read as `b[role]`."""

    role: str
    """Name of the field, such as "source", "mask" or "second"."""
    kinds: tuple[type[Kind], ...]
    """The kinds that will do."""
    paired: bool = True
    """Whether row i belongs to row i of x; otherwise the field is drawn independently of x."""
