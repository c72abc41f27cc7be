"""What a net must know of its surroundings before it is built."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Space:
    """The shape of one datum and the length of one latent.

    `shape` is (channels, height, width) for pictures, whose values lie in [-1, 1], and (dimensions,) for
    points, whose values are unbounded.  `classes` is 0 where the data carry no labels.  `tokens` is the
    size of the vocabulary where data are sequences of whole numbers, shape (length,), and 0 elsewhere.
    `shares` says how often each class occurs among training data with labels, in sum 1; () without any.
    """

    shape: tuple[int, ...]
    latent: int
    classes: int = 0
    tokens: int = 0
    shares: tuple[float, ...] = ()

    @property
    def pictures(self) -> bool:
        """Whether one datum is a picture (and not a point)."""
        return len(self.shape) == 3
