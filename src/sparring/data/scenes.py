"""Procedural pictures of coloured shapes whose factors are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sparring.data.arrays import Arrays

COUNT, SIZE = 4000, (32, 32)
"""The set `shapes`: how many pictures, and how large they are unless a size is asked for."""

BACKGROUND = 24
"""Grey level behind every shape."""

Field = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Signed distance from (across, down) to the edge of a shape that fits the unit circle; negative inside."""


def _disc(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.hypot(a, b) - 0.9)


def _box(a: np.ndarray, b: np.ndarray, across: float, down: float) -> np.ndarray:
    return np.asarray(np.maximum(np.abs(a) - across, np.abs(b) - down))


def _square(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _box(a, b, 0.7, 0.7)


def _triangle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    slope = 0.75**0.5
    return np.asarray(np.maximum(np.maximum(slope * a, -slope * a) - b / 2, b) - 0.5)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.minimum(_box(a, b, 0.92, 0.32), _box(a, b, 0.32, 0.92)))


SHAPES: dict[str, Field] = {"disc": _disc, "square": _square, "triangle": _triangle, "cross": _cross}
"""The classes, in the order of their labels."""


@dataclass(frozen=True)
class Scenes:
    """Pictures and what is in them, one row a picture."""

    x: np.ndarray
    """uint8 (n, height, width, 3)."""
    shape: np.ndarray
    """Label of the shape, int64 (n,), an index to `SHAPES`."""
    centre: np.ndarray
    """Where, float32 (n, 2): across and down, as shares of width and height."""
    scale: np.ndarray
    """Radius of the circle about the shape, float32 (n,), as a share of the shorter side."""
    rotation: np.ndarray
    """Clockwise, radians in [0, 2 pi), float32 (n,)."""
    hue: np.ndarray
    """Hue, float32 (n,), in [0, 1): 0 is red, 1/3 green, 2/3 blue."""

    @property
    def colour(self) -> np.ndarray:
        """The shapes' colours, float32 (n, 3), RGB in [0, 255]."""
        return _rgb(self.hue)


def _rgb(hue: np.ndarray) -> np.ndarray:
    """Colours of full value and saturation 0.8."""
    turn = (hue[:, None] * 6 + np.array([0, 4, 2])) % 6
    share = np.clip(np.abs(turn - 3) - 1, 0, 1)
    return np.asarray(255 * (0.2 + 0.8 * share), np.float32)


def scenes(n: int, seed: int = 0, size: tuple[int, int] = SIZE) -> Scenes:
    """`n` pictures of one shape each, height and width by `size`, edges antialiased.

    The factors are independent and depend on `seed` alone, so that another size of the same aspect shows the
    same scenes; every shape lies wholly in its picture.
    """
    draw = np.random.default_rng(seed)
    shape = draw.integers(len(SHAPES), size=n)
    scale = draw.uniform(0.2, 0.4, n).astype(np.float32)
    rotation = draw.uniform(0, 2 * np.pi, n).astype(np.float32)
    hue = draw.random(n).astype(np.float32)
    room = scale[:, None] * min(size) / np.array([size[1], size[0]])
    centre = (room + (1 - 2 * room) * draw.random((n, 2))).astype(np.float32)
    x = np.empty((n, *size, 3), np.uint8)
    found = Scenes(x, shape.astype(np.int64), centre, scale, rotation, hue)
    at_once = max(1, 2**19 // (size[0] * size[1]))
    for start in range(0, n, at_once):
        for label, field in enumerate(SHAPES.values()):
            rows = start + np.flatnonzero(shape[start : start + at_once] == label)
            x[rows] = _drawn(found, rows, field)
    return found


def _drawn(found: Scenes, rows: np.ndarray, field: Field) -> np.ndarray:
    """The pictures of some rows, which share a shape; an edge pixel is mixed by its distance to the edge."""
    height, width = found.x.shape[1:3]
    radius = (found.scale[rows] * min(height, width))[:, None, None]
    across = np.arange(width, dtype=np.float32) + 0.5 - (found.centre[rows, 0] * width)[:, None, None]
    down = (
        np.arange(height, dtype=np.float32)[:, None] + 0.5 - (found.centre[rows, 1] * height)[:, None, None]
    )
    cos = (np.cos(found.rotation[rows])[:, None, None] / radius).astype(np.float32)
    sin = (np.sin(found.rotation[rows])[:, None, None] / radius).astype(np.float32)
    distance = radius * field(cos * across + sin * down, cos * down - sin * across)
    cover = np.clip(0.5 - distance, 0, 1)[..., None]
    colour = found.colour[rows][:, None, None, :]
    return np.asarray(np.rint(BACKGROUND + cover * (colour - BACKGROUND)), np.uint8)


def shapes(size: tuple[int, int] | None = None) -> Arrays:
    """The set `shapes`, drawn at `size` (height, width); the labels are the kinds of shape."""
    found = scenes(COUNT, 0, size or SIZE)
    return Arrays(found.x, found.shape, tuple(SHAPES))
