"""What a field of the data is: the shape and range that nets see, and how stored values become those.

Only this module asks how many axes data have.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, final

import torch
from torch import Tensor

from sparring.core.pixels import to_float


class Kind(ABC):
    """The kind of a field: a frozen value that says what one datum of it is."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Shape of one datum as nets see it."""

    def to_nets(self, stored: Tensor) -> Tensor:
        """Convert n stored values to those that nets see, (n, *shape); by default they are the same."""
        return stored

    @abstractmethod
    def __str__(self) -> str:
        """The kind in words, for messages."""


@final
@dataclass(frozen=True)
class Image(Kind):
    """A picture: stored as uint8 (height, width, channels); nets see floats in [-1, 1], channels first."""

    channels: int
    height: int
    width: int

    @property
    def shape(self) -> tuple[int, ...]:
        return self.channels, self.height, self.width

    def to_nets(self, stored: Tensor) -> Tensor:
        """Convert uint8 (n, height, width, channels) to float32 (n, channels, height, width) in [-1, 1]."""
        return to_float(stored)

    def __str__(self) -> str:
        return f"pictures of {self.height}x{self.width} pixels, {self.channels} channels"


@final
@dataclass(frozen=True)
class LabelMap(Kind):
    """A class for every pixel: stored as uint8 (height, width), each below `classes`; nets see int64."""

    classes: int
    height: int
    width: int

    @property
    def shape(self) -> tuple[int, ...]:
        return self.height, self.width

    def to_nets(self, stored: Tensor) -> Tensor:
        """Convert uint8 (n, height, width) to int64."""
        return stored.to(torch.int64)

    def __str__(self) -> str:
        return f"label maps of {self.height}x{self.width} pixels, {self.classes} classes"


@final
@dataclass(frozen=True)
class Label(Kind):
    """One of `classes` classes: int64, -1 where it is not known."""

    classes: int

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    def __str__(self) -> str:
        return f"labels of {self.classes} classes"


@final
@dataclass(frozen=True)
class Vector(Kind):
    """A point with `size` coordinates: float32, unbounded."""

    size: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.size,)

    def __str__(self) -> str:
        return f"points of {self.size} numbers"


@final
@dataclass(frozen=True)
class Tokens(Kind):
    """A sequence of `length` tokens: int64, each in [0, vocabulary)."""

    vocabulary: int
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.length,)

    def __str__(self) -> str:
        return f"sequences of {self.length} out of {self.vocabulary} tokens"


KINDS = (Image, LabelMap, Label, Vector, Tokens)


def kind_of(shape: tuple[int, ...], tokens: int = 0) -> Kind:
    """Return the kind of data whose datum has `shape`: pictures, points, or sequences if `tokens` is above 0.

    `shape` is (channels, height, width), (size,) or (length,), and `tokens` the size of the vocabulary.
    Raises `ValueError` for another number of axes.
    """
    if len(shape) == 3:
        return Image(*shape)
    if len(shape) == 1:
        return Tokens(tokens, shape[0]) if tokens else Vector(shape[0])
    raise ValueError(f"data of shape {shape} are neither pictures nor points nor sequences")


def kind_as_json(kind: Kind) -> dict[str, Any]:
    """Return a kind as JSON: its fields, and its name as "kind"."""
    return {"kind": type(kind).__name__, **asdict(kind)}  # type: ignore[call-overload]  # every kind is a dataclass


def kind_from_json(body: Mapping[str, Any]) -> Kind:
    """Return the kind that `kind_as_json` wrote; raises `ValueError` or `TypeError` for another mapping."""
    settings = dict(body)
    name = settings.pop("kind", None)
    matches = [kind for kind in KINDS if kind.__name__ == name]
    if not matches:
        raise ValueError(f"there is no kind {name!r}")
    kind: Kind = matches[0](**settings)
    return kind
