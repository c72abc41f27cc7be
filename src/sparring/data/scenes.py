"""Procedural pictures of coloured shapes, together with the exact truth about them: one vectorised renderer.

The truth is what was drawn (kind, place, size, rotation and hue of each shape, nearest last) and what follows
from it: full and visible masks, a map of classes, boxes, colours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays
from sparring.data.colour import rgb
from sparring.data.noise import smooth

COUNT, SIZE = 4000, (32, 32)
"""The set `shapes`: how many pictures, and how large they are unless a size is asked for."""

BACKGROUND = 24
"""Grey level behind every shape."""

TEXTURED = (8, 88)
"""Grey levels between which a textured background lies; shapes are more saturated than any grey."""

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
class Spec:
    """What scenes may hold; each range is (least, greatest) of a uniform distribution."""

    count: int = 1
    """Shapes a picture, drawn one over the other: the later is the nearer."""
    kinds: tuple[str, ...] = tuple(SHAPES)
    """The kinds that are drawn, equally likely; one named twice is twice as likely."""
    scale: tuple[float, float] = (0.2, 0.4)
    """Radius of the circle about a shape as a share of the picture's shorter side, within (0, 0.5]."""
    rotation: tuple[float, float] = (0.0, 2 * np.pi)
    """Clockwise, radians."""
    hue: tuple[float, float] = (0.0, 1.0)
    spread: float = 1.0
    """How far centres stray: 1 wherever the whole shape is in the picture, 0 always the middle."""
    textured: bool = False
    """Whether the background is a smooth grey texture (else plain)."""

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in SHAPES]
        if unknown or not self.kinds or not 1 <= self.count <= 255:
            raise BadInput(f"scenes hold 1 to 255 of {', '.join(SHAPES)}, not {self.count} of {self.kinds}")
        if not 0 < self.scale[0] <= self.scale[1] <= 0.5 or not 0 <= self.spread <= 1:
            raise BadInput(
                f"scale must lie in (0, 0.5] and spread in [0, 1], not {self.scale}, {self.spread}"
            )


SINGLE = Spec()
"""One shape of any kind, anywhere, on a plain background."""


@dataclass(frozen=True)
class Scenes:
    """`n` pictures and what is in them: one row a picture, one column a shape, the nearest shape last."""

    x: np.ndarray
    """uint8 (n, height, width, 3)."""
    shape: np.ndarray
    """Labels of the shapes, int64 (n, count), indices to `SHAPES`."""
    centre: np.ndarray
    """Where, float32 (n, count, 2): across and down, as shares of width and height."""
    scale: np.ndarray
    """Radius of the circle about the shape, float32 (n, count), as a share of the shorter side."""
    rotation: np.ndarray
    """Clockwise, radians, float32 (n, count)."""
    hue: np.ndarray
    """Hue, float32 (n, count), in [0, 1): 0 is red, 1/3 green, 2/3 blue."""
    full: np.ndarray
    """Each shape's pixels as if nothing hid them, bool (n, count, height, width): centres inside its edge."""

    @property
    def colour(self) -> np.ndarray:
        """The shapes' colours, float32 (n, count, 3), RGB in [0, 255]."""
        return rgb(self.hue)

    @property
    def owner(self) -> np.ndarray:
        """Which shape a pixel shows, uint8 (n, height, width): 0 background, i + 1 the shape of column i."""
        found = np.zeros(self.x.shape[:3], np.uint8)
        for column in range(self.full.shape[1]):
            found[self.full[:, column]] = column + 1
        return found

    @property
    def visible(self) -> np.ndarray:
        """What is seen of each shape, bool (n, count, height, width)."""
        return np.asarray(self.owner[:, None] == np.arange(1, self.full.shape[1] + 1)[:, None, None])

    @property
    def layout(self) -> np.ndarray:
        """The class of each pixel, uint8 (n, height, width): 0 the background, 1 + label of its shape."""
        classes = np.concatenate([np.zeros((len(self.x), 1), np.int64), 1 + self.shape], 1)
        rows = np.arange(len(self.x))[:, None, None]
        return np.asarray(classes[rows, self.owner], np.uint8)

    @property
    def mask(self) -> np.ndarray:
        """Which pixels show any shape, bool (n, height, width)."""
        return np.asarray(self.full.any(1))

    @property
    def box(self) -> np.ndarray:
        """The box about each whole shape, int64 (n, count, 4): left, top, right, bottom in pixels.

        Right and bottom are one past the last pixel; all are 0 where a shape holds no pixel's centre.
        """
        ends = []
        for across in (np.any(self.full, 2), np.any(self.full, 3)):
            ends += [across.argmax(2), across.shape[2] - across[..., ::-1].argmax(2)]
        left, right, top, bottom = ends
        there = np.any(self.full, (2, 3))
        return np.asarray(np.stack([left, top, right, bottom], 2) * there[..., None])


def scenes(n: int, seed: int = 0, size: tuple[int, int] = SIZE, spec: Spec = SINGLE) -> Scenes:
    """`n` pictures after `spec`, height and width by `size`, edges antialiased.

    The factors are independent and depend on `seed` and `spec` alone, so that another size of the same aspect
    shows the same scenes; every shape lies wholly in its picture.
    """
    draw, many = np.random.default_rng(seed), (n, spec.count)
    labels = np.array([list(SHAPES).index(kind) for kind in spec.kinds])
    shape = labels[draw.integers(len(labels), size=many)].astype(np.int64)
    scale = draw.uniform(*spec.scale, many).astype(np.float32)
    rotation = draw.uniform(*spec.rotation, many).astype(np.float32)
    hue = draw.uniform(*spec.hue, many).astype(np.float32)
    room = scale[..., None] * min(size) / np.array([size[1], size[0]])
    stray = draw.random((*many, 2)) * spec.spread + (1 - spec.spread) / 2
    centre = (room + (1 - 2 * room) * stray).astype(np.float32)
    x = np.empty((n, *size, 3), np.uint8)
    full = np.zeros((*many, *size), bool)
    found = Scenes(x, shape, centre, scale, rotation, hue, full)
    texture = np.random.default_rng([seed, 1])
    at_once = max(1, 2**19 // (size[0] * size[1]))
    for start in range(0, n, at_once):
        rows = np.arange(start, min(start + at_once, n))
        x[rows] = _painted(found, rows, _backgrounds(len(rows), size, spec, texture))
    return found


def _backgrounds(n: int, size: tuple[int, int], spec: Spec, draw: np.random.Generator) -> np.ndarray:
    """What the next `n` pictures show before any shape, float32 (n, height, width, 3)."""
    if not spec.textured:
        return np.full((n, *size, 3), BACKGROUND, np.float32)
    low, high = TEXTURED
    grey = low + (high - low) * smooth(n, size, draw)
    return np.repeat(grey[..., None], 3, 3)


def _painted(found: Scenes, rows: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The pictures of some rows, from the farthest shape to the nearest; fills in their masks."""
    for column in range(found.shape.shape[1]):
        for label, field in enumerate(SHAPES.values()):
            mine = found.shape[rows, column] == label
            distance = _distance(found, rows[mine], column, field)
            found.full[rows[mine], column] = distance <= 0
            cover = np.clip(0.5 - distance, 0, 1)[..., None]
            colour = found.colour[rows[mine], column][:, None, None, :]
            x[mine] += cover * (colour - x[mine])  # an edge pixel is mixed by its distance to the edge
    return np.asarray(np.rint(x), np.uint8)


def _distance(found: Scenes, rows: np.ndarray, column: int, field: Field) -> np.ndarray:
    """Signed distance in pixels from every pixel's centre to the edge of one shape, (rows, height, width)."""
    height, width = found.x.shape[1:3]
    centre, rotation = found.centre[rows, column], found.rotation[rows, column]
    radius = (found.scale[rows, column] * min(height, width))[:, None, None]
    across = np.arange(width, dtype=np.float32) + 0.5 - (centre[:, 0] * width)[:, None, None]
    down = np.arange(height, dtype=np.float32)[:, None] + 0.5 - (centre[:, 1] * height)[:, None, None]
    cos = (np.cos(rotation)[:, None, None] / radius).astype(np.float32)
    sin = (np.sin(rotation)[:, None, None] / radius).astype(np.float32)
    return np.asarray(radius * field(cos * across + sin * down, cos * down - sin * across))


def shapes(size: tuple[int, int] | None = None) -> Arrays:
    """The set `shapes`, drawn at `size` (height, width); the labels are the kinds of shape."""
    found = scenes(COUNT, 0, size or SIZE)
    return Arrays(found.x, found.shape[:, 0], tuple(SHAPES))
