"""Halvings and channels between picture and smallest map, for all convolutional families."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from sparring.core.errors import BadInput
from sparring.core.space import Space

SMALLEST, LARGEST = 8, 256
"""Least and greatest side of a picture, in pixels."""
INNERMOST, OUTERMOST = 4, 16
"""Sides of the smallest map: the shorter is at least INNERMOST, the longer at most OUTERMOST."""
WIDEST = 8
"""Limit of the channels, which double with each halving, as a multiple of the width next to the picture."""


@dataclass(frozen=True)
class Pyramid:
    """The size of the smallest map, (height, width), and the number of halvings that lead to it."""

    base: tuple[int, int]
    halvings: int


def pyramid(space: Space) -> Pyramid:
    """Return the size of the smallest map for the pictures of `space`, and the number of halvings.

    The pictures are halved as often as both sides are even and the shorter one stays at least 4.  Raises
    `BadInput` for points, for channels other than 1 to 4, for odd sides, for sides outside 8 to 256, and for
    a longer side that cannot be halved to 16 or less.
    """
    if not space.pictures:
        raise BadInput(
            f"convolutional nets need pictures, but a sample has shape {space.shape}: "
            "points need fully connected nets; give --family mlp"
        )
    channels, height, width = space.shape
    if not 1 <= channels <= 4:
        raise BadInput(f"pictures of {channels} channels: 1 (grey) to 4 (RGBA) work")
    result = _pyramid_of(height, width)
    if result is None:
        near = " and ".join(f"{h}x{w}" for h, w in _nearest(height, width))
        raise BadInput(
            f"pictures of {height}x{width} cannot be halved to a map of {INNERMOST} to {OUTERMOST} a side: "
            f"the nearest sizes that work are {near}"
        )
    return result


def widths(width: int, levels: int) -> list[int]:
    """Return the number of channels of `levels` maps, from the picture inwards: width * min(2^level, 8)."""
    return [width * min(2**level, WIDEST) for level in range(levels)]


def projection(latent: int, channels: int, shape: Pyramid, bias: bool = True) -> list[nn.Module]:
    """Return a generator's first layers: z (n, latent) -> the smallest map, (n, channels, height, width).

    They are a linear layer, with or without `bias`, and an `nn.Unflatten`; `shape.base` is (height, width).
    """
    height, width = shape.base
    return [
        nn.Linear(latent, channels * height * width, bias=bias),
        nn.Unflatten(1, (channels, height, width)),
    ]


def _pyramid_of(height: int, width: int) -> Pyramid | None:
    """The pyramid of a size; None if the size does not work."""
    if min(height, width) < SMALLEST or max(height, width) > LARGEST:
        return None
    halvings = 0
    while height % 2 == 0 and width % 2 == 0 and min(height, width) >= 2 * INNERMOST:
        height, width, halvings = height // 2, width // 2, halvings + 1
    fits = halvings >= 1 and max(height, width) <= OUTERMOST
    return Pyramid((height, width), halvings) if fits else None


def _nearest(height: int, width: int) -> list[tuple[int, int]]:
    """The two nearest sizes that work; square ones for a square."""
    sides = range(SMALLEST, LARGEST + 1)
    sizes = [(h, w) for h in sides for w in sides if (h == w or height != width) and _pyramid_of(h, w)]
    return sorted(sizes, key=lambda size: abs(size[0] - height) + abs(size[1] - width))[:2]
