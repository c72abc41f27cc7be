"""A vectorised renderer of coloured shapes, with exact ground truth.

The ground truth is the kind, position, size, rotation and hue of each shape, nearest last, and what follows
from these: full and visible masks, a class map, boxes, colours.
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
"""The set `shapes`: number of pictures, and their default size."""

BACKGROUND = 24
"""Grey level behind every shape."""

TEXTURED = (8, 88)
"""Range of grey levels of a textured background."""

SignedDistance = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Signed distance from (across, down) to the edge of a shape within the unit circle; negative inside."""


def _disc(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.hypot(a, b) - 0.9)


def _box(a: np.ndarray, b: np.ndarray, across: float, down: float) -> np.ndarray:
    return np.asarray(np.maximum(np.abs(a) - across, np.abs(b) - down))


def _square(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _box(a, b, 0.7, 0.7)


def _triangle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    sin60 = 0.75**0.5
    return np.asarray(np.maximum(np.maximum(sin60 * a, -sin60 * a) - b / 2, b) - 0.5)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(np.minimum(_box(a, b, 0.92, 0.32), _box(a, b, 0.32, 0.92)))


SHAPES: dict[str, SignedDistance] = {"disc": _disc, "square": _square, "triangle": _triangle, "cross": _cross}
"""The classes, in the order of their labels."""


@dataclass(frozen=True)
class SceneSpec:
    """The distribution of scenes; each range is (least, greatest) of a uniform distribution."""

    count: int = 1
    """Shapes per picture; later ones are nearer and cover earlier ones."""
    kinds: tuple[str, ...] = tuple(SHAPES)
    """The kinds of shapes, equally likely; a kind that is listed twice is twice as likely."""
    scale: tuple[float, float] = (0.2, 0.4)
    """Radius of a shape's circumscribed circle as a share of the picture's shorter side, in (0, 0.5]."""
    rotation: tuple[float, float] = (0.0, 2 * np.pi)
    """Clockwise, radians."""
    hue: tuple[float, float] = (0.0, 1.0)
    spread: float = 1.0
    """Spread of the centres: 1: anywhere that the whole shape is in the picture, 0: always the middle."""
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


SINGLE = SceneSpec()
"""One shape of any kind, anywhere, on a plain background."""


@dataclass(frozen=True)
class Scenes:
    """`n` pictures and their ground truth: one row per picture, one column per shape, nearest last."""

    x: np.ndarray
    """uint8 (n, height, width, 3)."""
    shape: np.ndarray
    """Labels of the shapes, int64 (n, count), indices to `SHAPES`."""
    centre: np.ndarray
    """Centres, float32 (n, count, 2): across and down, as shares of width and height."""
    scale: np.ndarray
    """Radius of the circumscribed circle, float32 (n, count), as a share of the shorter side."""
    rotation: np.ndarray
    """Clockwise, radians, float32 (n, count)."""
    hue: np.ndarray
    """Hue, float32 (n, count), in [0, 1): 0 is red, 1/3 green, 2/3 blue."""
    full: np.ndarray
    """Each shape's mask without occlusion, bool (n, count, height, width): pixel centres inside its edge."""

    @property
    def colour(self) -> np.ndarray:
        """Colours of the shapes, float32 (n, count, 3), RGB in [0, 255]."""
        return rgb(self.hue)

    @property
    def owner(self) -> np.ndarray:
        """The shape at each pixel, uint8 (n, height, width): 0 background, i + 1 the shape of column i."""
        owner = np.zeros(self.x.shape[:3], np.uint8)
        for column in range(self.full.shape[1]):
            owner[self.full[:, column]] = column + 1
        return owner

    @property
    def visible(self) -> np.ndarray:
        """Each shape's mask with occlusion, bool (n, count, height, width)."""
        return np.asarray(self.owner[:, None] == np.arange(1, self.full.shape[1] + 1)[:, None, None])

    @property
    def layout(self) -> np.ndarray:
        """The class of each pixel, uint8 (n, height, width): 0 background, 1 + label of its shape."""
        classes = np.concatenate([np.zeros((len(self.x), 1), np.int64), 1 + self.shape], 1)
        rows = np.arange(len(self.x))[:, None, None]
        return np.asarray(classes[rows, self.owner], np.uint8)

    @property
    def mask(self) -> np.ndarray:
        """Mask of the pixels that show any shape, bool (n, height, width)."""
        return np.asarray(self.full.any(1))

    @property
    def box(self) -> np.ndarray:
        """The bounding box of each whole shape, int64 (n, count, 4): left, top, right, bottom in pixels.

        Right and bottom are one past the last pixel; all are 0 if a shape contains no pixel centre.
        """
        ends = []
        for across in (np.any(self.full, 2), np.any(self.full, 3)):
            ends += [across.argmax(2), across.shape[2] - across[..., ::-1].argmax(2)]
        left, right, top, bottom = ends
        there = np.any(self.full, (2, 3))
        return np.asarray(np.stack([left, top, right, bottom], 2) * there[..., None])


def scenes(n: int, seed: int = 0, size: tuple[int, int] = SIZE, spec: SceneSpec = SINGLE) -> Scenes:
    """Render `n` pictures distributed as `spec`, of `size` (height, width), with antialiased edges.

    The factors are independent and depend only on `seed` and `spec`, so that another size of the same aspect
    ratio shows the same scenes.  Every shape lies completely inside its picture.
    """
    draw, counts = np.random.default_rng(seed), (n, spec.count)
    labels = np.array([list(SHAPES).index(kind) for kind in spec.kinds])
    shape = labels[draw.integers(len(labels), size=counts)].astype(np.int64)
    scale = draw.uniform(*spec.scale, counts).astype(np.float32)
    rotation = draw.uniform(*spec.rotation, counts).astype(np.float32)
    hue = draw.uniform(*spec.hue, counts).astype(np.float32)
    room = scale[..., None] * min(size) / np.array([size[1], size[0]])
    stray = draw.random((*counts, 2)) * spec.spread + (1 - spec.spread) / 2
    centre = (room + (1 - 2 * room) * stray).astype(np.float32)
    x = np.empty((n, *size, 3), np.uint8)
    full = np.zeros((*counts, *size), bool)
    result = Scenes(x, shape, centre, scale, rotation, hue, full)
    texture = np.random.default_rng([seed, 1])
    at_once = max(1, 2**19 // (size[0] * size[1]))
    for start in range(0, n, at_once):
        rows = np.arange(start, min(start + at_once, n))
        x[rows] = _painted(result, rows, _backgrounds(len(rows), size, spec, texture))
    return result


def _backgrounds(n: int, size: tuple[int, int], spec: SceneSpec, draw: np.random.Generator) -> np.ndarray:
    """Return the backgrounds of the next `n` pictures, float32 (n, height, width, 3)."""
    if not spec.textured:
        return np.full((n, *size, 3), BACKGROUND, np.float32)
    low, high = TEXTURED
    grey = low + (high - low) * smooth(n, size, draw)
    return np.repeat(grey[..., None], 3, 3)


def _painted(scenes: Scenes, rows: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Paint the shapes of some rows, from the farthest to the nearest, and fill in their masks."""
    for column in range(scenes.shape.shape[1]):
        for label, field in enumerate(SHAPES.values()):
            is_label = scenes.shape[rows, column] == label
            distance = _distance(scenes, rows[is_label], column, field)
            scenes.full[rows[is_label], column] = distance <= 0
            cover = np.clip(0.5 - distance, 0, 1)[..., None]
            colour = scenes.colour[rows[is_label], column][:, None, None, :]
            x[is_label] += cover * (colour - x[is_label])  # antialiased: mixed by the distance to the edge
    return np.asarray(np.rint(x), np.uint8)


def _distance(scenes: Scenes, rows: np.ndarray, column: int, field: SignedDistance) -> np.ndarray:
    """Return the signed distance in pixels of all pixel centres to a shape's edge, (rows, height, width)."""
    height, width = scenes.x.shape[1:3]
    centre, rotation = scenes.centre[rows, column], scenes.rotation[rows, column]
    radius = (scenes.scale[rows, column] * min(height, width))[:, None, None]
    across = np.arange(width, dtype=np.float32) + 0.5 - (centre[:, 0] * width)[:, None, None]
    down = np.arange(height, dtype=np.float32)[:, None] + 0.5 - (centre[:, 1] * height)[:, None, None]
    cos = (np.cos(rotation)[:, None, None] / radius).astype(np.float32)
    sin = (np.sin(rotation)[:, None, None] / radius).astype(np.float32)
    return np.asarray(radius * field(cos * across + sin * down, cos * down - sin * across))


def shapes(size: tuple[int, int] | None = None) -> Arrays:
    """Return the set `shapes`: 4000 pictures of one shape each, labelled by the kind of shape.

    They are rendered at `size` (height, width), by default 32x32.
    """
    result = scenes(COUNT, 0, size or SIZE)
    return Arrays(result.x, result.shape[:, 0], tuple(SHAPES))
