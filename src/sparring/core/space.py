"""The shapes and sizes that a net must know before it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sparring.core.kinds import Image, Kind, kind_of


@dataclass(frozen=True)
class Space:
    """The shape of one datum, the length of one latent, the classes of the data, and their further fields.

    `shape` is (channels, height, width) for pictures, with values in [-1, 1], and (dimensions,) for points,
    with unbounded values.  `classes` is 0 for data without labels.  `tokens` is the vocabulary size for
    sequences of tokens, shape (length,), and 0 otherwise.  `shares` holds the frequency of each class among
    the labelled training data, in sum 1; () without labels.  `columns` holds the kinds of the fields that the
    recipe needs besides x and labels, by role.
    """

    shape: tuple[int, ...]
    latent: int
    classes: int = 0
    tokens: int = 0
    shares: tuple[float, ...] = ()
    columns: Mapping[str, Kind] = field(default_factory=dict, hash=False)

    @property
    def x(self) -> Kind:
        """The kind of x."""
        return kind_of(self.shape, self.tokens)

    @property
    def pictures(self) -> bool:
        """Whether one datum is a picture (not a point or a sequence)."""
        return isinstance(self.x, Image)
