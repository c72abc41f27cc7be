"""Scenes in two domains: as a layout, one flat colour per class, and rendered, one texture per class.

These are the domains of unpaired translation, with the true class of every pixel, and exact functions that
recover the class map from a picture of either domain.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sparring.data.arrays import Arrays
from sparring.data.noise import smooth
from sparring.data.scenes import SHAPES, SceneSpec, scenes

CLASSES = ("background", "disc", "square", "triangle")
"""The classes of pixels, in the order of their numbers in a class map."""

LAYOUT = np.array([(24, 24, 32), (225, 60, 50), (70, 200, 90), (70, 95, 230)], np.uint8)
"""The palette of layouts, RGB, by class."""

TEXTURE_COLOURS = np.array([(150, 170, 175), (200, 95, 225), (245, 190, 55), (40, 205, 190)], np.uint8)
"""The colours of renderings, RGB at full light, by class; no two have similar hue and saturation."""

DARK, SHADE = 0.55, 0.8
"""Brightness of a texture's dark parts, and of the shaded side of a picture."""


class Translations(NamedTuple):
    """`n` scenes in both domains; row i of each array is scene i."""

    layout: np.ndarray
    """uint8 (n, height, width, 3), in the colours of `LAYOUT`."""
    textured: np.ndarray
    """uint8 (n, height, width, 3)."""
    classes: np.ndarray
    """The class of each pixel, uint8 (n, height, width), an index to `CLASSES`."""

    def unpaired(self) -> Arrays:
        """Return two classes: layouts of the first half of the scenes, and renderings of the second half.

        If the number of scenes is odd the last one is left out.
        """
        half = len(self.layout) // 2
        x = np.concatenate([self.layout[:half], self.textured[half : 2 * half]])
        return Arrays(x, np.repeat(np.arange(2), half), ("layout", "textured"))


def translations(count: int, size: int = 32, seed: int = 0, shapes: int = 3) -> Translations:
    """Return `count` scenes of `shapes` overlapping shapes as flat layouts and as textured pictures.

    Both are `size` pixels wide and high.  A layout has one colour for each class.  In the textured picture of
    the same scene the background is a smooth grain, discs are striped, squares checked, triangles dotted.
    Stripes, checks and dots have random offsets, stripes a random direction, and light falls from a random
    side.  All edges are hard.
    """
    spec = SceneSpec(count=shapes, kinds=CLASSES[1:], scale=(0.22, 0.36))
    kinds = np.array([0, *(1 + list(SHAPES).index(kind) for kind in CLASSES[1:])])
    classes = np.searchsorted(kinds, scenes(count, seed, (size, size), spec).layout).astype(np.uint8)
    return Translations(LAYOUT[classes], _rendered(classes, np.random.default_rng([seed, 2])), classes)


def patterns(classes: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return grey pictures, uint8 (n, height, width, 1), with a pattern of two levels for each class.

    `classes` is (n, height, width) in 0 to 3: slanting stripes, stripes across, stripes down, and checks, all
    2 pixels wide, with random offsets.  All have the same mean, so that only the pattern tells the class.
    """
    rows, columns = np.arange(classes.shape[1])[:, None], np.arange(classes.shape[2])
    offsets = np.random.default_rng([seed, 3]).integers(4, size=(len(classes), 5, 1, 1))
    slant, across, down, up, left = offsets.swapaxes(0, 1)
    on = [
        (rows + columns + slant) // 2 % 2,
        (rows + across) // 2 % 2 + 0 * columns,
        (columns + down) // 2 % 2 + 0 * rows,
        ((rows + up) // 2 + (columns + left) // 2) % 2,
    ]
    levels: np.ndarray = np.array([38, 218], np.uint8)[np.choose(classes, on)]
    return levels[..., None]


def read_layouts(x: np.ndarray) -> np.ndarray:
    """Return the class map of layouts, uint8 (n, height, width), by the nearest palette colour.

    `x` is (n, height, width, 3) in [0, 255].  Exact on true layouts.
    """
    distance = np.square(x[..., None, :].astype(np.float32) - LAYOUT).sum(-1)
    return np.asarray(distance.argmin(-1), np.uint8)


def read_textures(x: np.ndarray) -> np.ndarray:
    """Return the class map of renderings, uint8 (n, height, width), by the nearest ratio of channels.

    `x` is (n, height, width, 3) in [0, 255].  Light and texture only change a pixel's brightness, so that the
    ratio determines its class.  Exact on true renderings.
    """
    directions = TEXTURE_COLOURS / np.linalg.norm(TEXTURE_COLOURS, axis=1, keepdims=True)
    similarity = x.astype(np.float32) @ directions.T.astype(np.float32)
    return np.asarray(similarity.argmax(-1), np.uint8)


def _rendered(classes: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    n, size = len(classes), classes.shape[1:]
    bright = np.stack(
        [_grain(n, size, draw), _stripes(n, size, draw), _checks(n, size, draw), _dots(n, size, draw)], 1
    )
    mine = np.take_along_axis(bright, classes[:, None], 1)[:, 0]
    light = mine * _light(n, size, draw)
    return np.asarray(np.rint(TEXTURE_COLOURS[classes] * light[..., None]), np.uint8)


def _places(n: int, size: tuple[int, int], draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return pixel coordinates, across and down, each (n, height, width), with random integer shifts."""
    shift = draw.integers(0, 64, (2, n, 1, 1))
    across = np.arange(size[1]) + shift[0] + np.zeros((n, *size), np.int64)
    down = np.arange(size[0])[:, None] + shift[1] + np.zeros((n, *size), np.int64)
    return across, down


def _two_tone(lit: np.ndarray) -> np.ndarray:
    return np.where(lit, 1.0, DARK).astype(np.float32)


def _grain(n: int, size: tuple[int, int], draw: np.random.Generator) -> np.ndarray:
    return DARK + (1 - DARK) * smooth(n, size, draw, cells=max(4, size[0] // 3))


def _stripes(n: int, size: tuple[int, int], draw: np.random.Generator) -> np.ndarray:
    """Stripes of two pixels, bright and dark, rising or falling at 45 degrees."""
    across, down = _places(n, size, draw)
    sign = draw.choice([-1, 1], (n, 1, 1))
    return _two_tone((across + sign * down) // 2 % 2 == 0)


def _checks(n: int, size: tuple[int, int], draw: np.random.Generator) -> np.ndarray:
    """A checkerboard with squares of three pixels."""
    across, down = _places(n, size, draw)
    return _two_tone((across // 3 + down // 3) % 2 == 0)


def _dots(n: int, size: tuple[int, int], draw: np.random.Generator) -> np.ndarray:
    """One dark pixel in every block of 3x3."""
    across, down = _places(n, size, draw)
    return _two_tone((across % 3 > 0) | (down % 3 > 0))


def _light(n: int, size: tuple[int, int], draw: np.random.Generator) -> np.ndarray:
    """Brightness that falls from 1 on one side of the picture to `SHADE` on the other, float32."""
    angle = draw.uniform(0, 2 * np.pi, (n, 1, 1)).astype(np.float32)
    across = np.linspace(-1, 1, size[1], dtype=np.float32)
    down = np.linspace(-1, 1, size[0], dtype=np.float32)[:, None]
    towards = (np.cos(angle) * across + np.sin(angle) * down) / 2**0.5
    return np.asarray(1 - (1 - SHADE) * (1 + towards) / 2)
