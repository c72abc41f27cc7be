"""Noise for each level of an image pyramid: a vector for the coarsest, a noise image for each finer one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sparring.core.errors import BadInput
from sparring.core.latent import UniformCube
from sparring.core.space import Space


@dataclass(frozen=True)
class Planes(UniformCube):
    """z ~ U[-1, 1]: the flattened noise images, finest level first, then a vector of length `code`.

    Level k has the picture's sides divided by 2^k; levels k = 0, ..., `levels` - 1 have a noise image.
    """

    code: int = 100
    levels: int = 2
    sides: tuple[int, int] = (0, 0)
    """Height and width of the picture; (0, 0) before `fit_to`."""

    @property
    def size(self) -> int:
        planes: int = noise_slice(self.sides, self.levels).start
        return planes + self.code

    def fit_to(self, space: Space) -> Planes:
        """Return the prior for pictures of `space`; raises `BadInput` as `halved_sides` does."""
        halved_sides(space.shape, self.levels)
        return replace(self, sides=halved_sides(space.shape, 0))


def noise_slice(sides: tuple[int, ...], halvings: int) -> slice:
    """Return the slice of z that holds the flattened noise image of level `halvings`.

    `sides` are the picture's height and width; level k has (height >> k) (width >> k) numbers, and the levels
    follow each other from level 0, the full size, on.
    """
    areas = [(sides[0] >> k) * (sides[1] >> k) for k in range(halvings + 1)]
    return slice(sum(areas[:-1]), sum(areas))


def halved_sides(shape: tuple[int, ...], halvings: int) -> tuple[int, int]:
    """Return height and width of a picture of `shape` after `halvings` halvings.

    Raises `BadInput` for points, and for sides that are not a multiple of 2^halvings or are below twice that.
    """
    if len(shape) != 3:
        raise BadInput(f"only pictures can be halved, but one datum has shape {shape}")
    (height, width), parts = shape[1:], 2**halvings
    if height % parts or width % parts or min(height, width) < 2 * parts:
        raise BadInput(
            f"pictures of {height}x{width} cannot be halved {halvings} times: both sides must be multiples "
            f"of {parts}, {2 * parts} or more"
        )
    return height // parts, width // parts
