"""The shapes and sizes that a net must know before it is built."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Space:
    """The shape of one datum, the length of one latent, and the classes of the data.

    `shape` is (channels, height, width) for pictures, with values in [-1, 1], and (dimensions,) for points,
    with unbounded values.  `classes` is 0 for data without labels.  `tokens` is the vocabulary size for
    sequences of tokens, shape (length,), and 0 otherwise.  `shares` holds the frequency of each class among
    the labelled training data, in sum 1; () without labels.
    """

    shape: tuple[int, ...]
    latent: int
    classes: int = 0
    tokens: int = 0
    shares: tuple[float, ...] = ()

    @property
    def pictures(self) -> bool:
        """Whether one datum is a picture (not a point or a sequence)."""
        return len(self.shape) == 3
