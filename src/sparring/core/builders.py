"""What a builder of nets must offer besides being called with a `Space`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import Field
from typing import Any, ClassVar, Protocol

from torch import nn

from sparring.core.space import Space


class DiscriminatorBuilder(Protocol):
    """A frozen dataclass that builds a net from samples (n, *shape) to `outputs` numbers each."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def outputs(self) -> int:
        """Numbers that the net returns for each sample; 1: shape (n,)."""
        ...

    def __call__(self, space: Space) -> nn.Module:
        """The net; `BadInput` for a space that it cannot be built for."""
        ...


class PlainGenerator(ABC):
    """Base of the builders of generators that `--family` replaces by those of another family."""

    @abstractmethod
    def __call__(self, space: Space) -> nn.Module:
        """The net; `BadInput` for a space that it cannot be built for."""


class PlainDiscriminator(ABC):
    """Base of the builders of discriminators that `--family` replaces by those of another family.

    Such a builder is a dataclass with a field `outputs`, and its net ends in a linear layer (`heads.Score`).
    """

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Numbers that the net returns for each sample."""

    @abstractmethod
    def __call__(self, space: Space) -> nn.Module:
        """The net; `BadInput` for a space that it cannot be built for."""
