"""What is in a set of data, before anything is trained on it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image, ImageDraw

from sparring.core.errors import BadInput
from sparring.data.album import LEAST_GOOD, Album, Page, natural_channels, pages
from sparring.data.arrays import arrays_data
from sparring.data.dataset import Dataset
from sparring.data.framing import LONGEST, SHORTEST, Frame, frame
from sparring.data.grid import SHEET, cells, grid
from sparring.data.holdout import digests
from sparring.data.sources import material

DOTS = 5000
"""Points drawn on a contact sheet."""

EDGE = 24
"""Its margin in pixels."""


@dataclass(frozen=True)
class Inspection:
    """What a person should know of a set of data."""

    spec: str
    count: int
    """Data that can be used."""
    shape: tuple[int, ...] | None
    """(channels, height, width), (dimensions,) or (length,); None: pictures differ and no size is chosen."""
    sizes: dict[str, int]
    """How many pictures have each size, "HxW", before any resizing; the most frequent first."""
    channels: int | None
    """1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; None: points or sequences."""
    tokens: int | None
    """Size of the vocabulary of sequences; None: pictures or points."""
    labels: dict[str, int]
    """How many data each class has; empty: no labels."""
    duplicates: int
    """How many data repeat another one exactly."""
    unreadable: tuple[str, ...]
    """Pictures that cannot be decoded, by name."""
    range: tuple[float, float]
    """The least and the greatest value: pixels 0 to 255, points and tokens as they are."""
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The same in JSON's types."""
        plain = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}


def inspection(
    spec: str, *, size: str | None = None, crop: str = "centre", channels: int | None = None
) -> Inspection:
    """What is in the data that `spec` names, framed as `dataset` would.

    Unlike `dataset` it also answers where files differ in size, are too small or large, or many of them are
    damaged: `notes` then say what stands in the way of training.
    """
    to = frame(size, crop, channels)
    found = material(spec, to)
    if isinstance(found, Album):
        return _of_album(found, to, spec)
    data = arrays_data(found, to, spec)
    whole = found.x.shape
    x = np.asarray(data.x)
    return Inspection(
        spec,
        len(data),
        data.shape,
        {f"{whole[1]}x{whole[2]}": whole[0]} if data.pictures else {},
        data.shape[0] if data.pictures else None,
        data.tokens or None,
        _counts(data.y, data.classes),
        len(data) - len(np.unique(digests(data.x))),
        (),
        (float(x.min()), float(x.max())),
        data.notes,
    )


def _counts(y: np.ndarray | None, classes: Sequence[str]) -> dict[str, int]:
    if y is None:
        return {}
    many = np.bincount(y, minlength=len(classes))
    return {name: int(count) for name, count in zip(classes, many, strict=True)}


def _of_album(album: Album, to: Frame, spec: str) -> Inspection:
    found = list(pages(album.pictures, to, keep=False))
    place = [index for index, one in enumerate(found) if isinstance(one, Page)]
    good = [one for one in found if isinstance(one, Page)]
    if not good:
        raise BadInput(f"none of the {len(found)} pictures of {spec!r} can be read")
    bad = tuple(album.pictures.name(index) for index, one in enumerate(found) if isinstance(one, str))
    sizes = Counter(one.size for one in good)
    channels = to.channels or natural_channels([one.channels for one in good])
    sides = to.size or (next(iter(sizes)) if len(sizes) == 1 else None)
    return Inspection(
        spec,
        len(good),
        None if sides is None else (channels, *sides),
        {f"{height}x{width}": count for (height, width), count in sizes.most_common()},
        channels,
        None,
        _counts(None if album.y is None else album.y[place], album.classes),
        len(good) - len({one.digest for one in good}),
        bad,
        (float(min(one.low for one in good)), float(max(one.high for one in good))),
        (*album.notes, *_hindrances(sides, len(good), len(found), len(sizes))),
    )


def _hindrances(sides: tuple[int, int] | None, good: int, count: int, sizes: int) -> Iterable[str]:
    if sides is None:
        yield f"pictures have {sizes} different sizes; training needs --size"
    elif not all(SHORTEST <= side <= LONGEST for side in sides):
        yield f"sides must be {SHORTEST} to {LONGEST} pixels; training needs --size"
    if good < LEAST_GOOD * count:
        yield f"only {good} of {count} pictures can be read; training needs {LEAST_GOOD:.0%}"


def contact_sheet(dataset: Dataset, n: int = 64) -> Image.Image:
    """Up to `n` pictures spread evenly over the set, enlarged without smoothing; of points, a drawing.

    Sequences are rows of coloured cells.
    """
    if n < 1:
        raise BadInput(f"a contact sheet shows at least 1 picture, not {n}")
    chosen = _spread(dataset, n)
    if dataset.tokens:
        return Image.fromarray(cells(dataset.x[chosen]))
    if not dataset.pictures:
        return _scatter(dataset)
    return Image.fromarray(grid(dataset.x[chosen], math.ceil(math.sqrt(len(chosen)))))


def _spread(dataset: Dataset, n: int) -> np.ndarray:
    """Up to `n` indices, evenly over the set."""
    return np.linspace(0, len(dataset) - 1, min(n, len(dataset))).round().astype(np.int64)


def _scatter(dataset: Dataset) -> Image.Image:
    """Points by their first two dimensions, coloured by label; a single dimension against its rank.

    The corners name the least and the greatest values drawn.
    """
    chosen = _spread(dataset, DOTS)
    points = dataset.x[chosen][:, :2].astype(np.float64)
    if points.shape[1] == 1:
        points = np.concatenate([points, points.argsort(0).argsort(0) / len(points)], 1)
    low, high = points.min(0), points.max(0)
    span = np.maximum(high - low, 1e-9)
    if dataset.shape[0] > 1:
        span[:] = span.max()  # one scale for both axes, so that a ring is round
    places = SHEET / 2 + (points - (low + high) / 2) / span * (SHEET - 2 * EDGE)
    sheet = Image.new("RGB", (SHEET, SHEET), "white")
    pen = ImageDraw.Draw(sheet)
    labels = np.zeros(len(chosen), np.int64) if dataset.y is None else dataset.y[chosen]
    for (across, up), label in zip(places, labels, strict=True):
        hue = int(210 + label * 137.5) % 360  # the golden angle keeps neighbouring labels apart
        down = SHEET - up
        pen.ellipse((across - 1, down - 1, across + 1, down + 1), fill=f"hsl({hue}, 80%, 40%)")
    pen.text((4, SHEET - 14), f"({low[0]:.4g}, {low[1]:.4g})", fill="black")
    pen.text((SHEET - 4, 4), f"({high[0]:.4g}, {high[1]:.4g})", fill="black", anchor="ra")
    return sheet
