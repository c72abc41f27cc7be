"""A summary of a data set, and a contact sheet of it, before training."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image, ImageDraw

from sparring.core.errors import BadInput
from sparring.data.album import MIN_READABLE, Album, DecodedPicture, decode_pictures, natural_channels
from sparring.data.dataset import Dataset
from sparring.data.framing import LONGEST, SHORTEST, Frame, parse_frame
from sparring.data.from_arrays import arrays_data
from sparring.data.grid import SHEET, cells, grid
from sparring.data.holdout import digests
from sparring.data.sources import read_source

DOTS = 5000
"""Number of points plotted on a contact sheet."""

EDGE = 24
"""Margin of the plot in pixels."""


@dataclass(frozen=True)
class Inspection:
    """The properties of a data set."""

    spec: str
    count: int
    """Number of usable data."""
    shape: tuple[int, ...] | None
    """(channels, height, width), (dimensions,) or (length,); None: sizes differ and no size is chosen."""
    sizes: dict[str, int]
    """Number of pictures of each size, "HxW", before resizing; most frequent first."""
    channels: int | None
    """1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; None: points or sequences."""
    tokens: int | None
    """Size of the vocabulary of sequences; None: pictures or points."""
    labels: dict[str, int]
    """Number of data in each class; empty: no labels."""
    duplicates: int
    """Number of exact duplicates."""
    unreadable: tuple[str, ...]
    """Names of pictures that cannot be decoded."""
    range: tuple[float, float]
    """The smallest and the largest value: pixels 0 to 255, points and tokens unchanged."""
    columns: dict[str, str]
    """The kind of each further field, in words, by role."""
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return the same as JSON types."""
        plain = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}


def inspect_data(
    spec: str, *, size: str | None = None, crop: str = "centre", channels: int | None = None
) -> Inspection:
    """Return the properties of the data named by `spec`, cropped and resized as `dataset` would.

    The arguments are those of `dataset`.  Unlike `dataset` it also works if picture files differ in size, are
    too small or large, or many are damaged: `notes` then say what prevents training.  Raises `BadInput` if no
    picture can be read, or the data cannot be used for another reason.
    """
    to = parse_frame(size, crop, channels)
    source = read_source(spec, to)
    if isinstance(source, Album):
        return _of_album(source, to, spec)
    data = arrays_data(source, to, spec)
    whole = source.x.shape
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
        {role: str(column.kind) for role, column in data.columns.items()},
        data.notes,
    )


def _counts(y: np.ndarray | None, classes: Sequence[str]) -> dict[str, int]:
    if y is None:
        return {}
    counts = np.bincount(y, minlength=len(classes))
    return {name: int(count) for name, count in zip(classes, counts, strict=True)}


def _of_album(album: Album, to: Frame, spec: str) -> Inspection:
    results = list(decode_pictures(album.pictures, to, keep=False))
    place = [index for index, item in enumerate(results) if isinstance(item, DecodedPicture)]
    good = [item for item in results if isinstance(item, DecodedPicture)]
    if not good:
        raise BadInput(f"none of the {len(results)} pictures of {spec!r} can be read")
    bad = tuple(album.pictures.name(index) for index, item in enumerate(results) if isinstance(item, str))
    sizes = Counter(item.size for item in good)
    channels = to.channels or natural_channels([item.channels for item in good])
    sides = to.size or (next(iter(sizes)) if len(sizes) == 1 else None)
    return Inspection(
        spec,
        len(good),
        None if sides is None else (channels, *sides),
        {f"{height}x{width}": count for (height, width), count in sizes.most_common()},
        channels,
        None,
        _counts(None if album.y is None else album.y[place], album.classes),
        len(good) - len({item.digest for item in good}),
        bad,
        (float(min(item.low for item in good)), float(max(item.high for item in good))),
        {},
        (*album.notes, *_hindrances(sides, len(good), len(results), len(sizes))),
    )


def _hindrances(sides: tuple[int, int] | None, good: int, count: int, sizes: int) -> Iterable[str]:
    if sides is None:
        yield f"pictures have {sizes} different sizes; training needs --size"
    elif not all(SHORTEST <= side <= LONGEST for side in sides):
        yield f"sides must be {SHORTEST} to {LONGEST} pixels; training needs --size"
    if good < MIN_READABLE * count:
        yield f"only {good} of {count} pictures can be read; training needs {MIN_READABLE:.0%}"


def contact_sheet(dataset: Dataset, n: int = 64) -> Image.Image:
    """Return a sheet of up to `n` pictures, evenly spaced in the set, enlarged without smoothing.

    Of sequences, up to `n` are drawn as rows of coloured cells.  Of points, up to 5000 are plotted by their
    first two dimensions, whatever `n` is.  Raises `BadInput` for `n` below 1.
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
    """Return up to `n` evenly spaced indices."""
    return np.linspace(0, len(dataset) - 1, min(n, len(dataset))).round().astype(np.int64)


def _scatter(dataset: Dataset) -> Image.Image:
    """Plot points by their first two dimensions, coloured by label; a single dimension against its rank.

    The corners show the smallest and the largest values plotted.
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
