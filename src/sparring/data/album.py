"""Data sets of encoded pictures: decoded into memory at once, or lazily on access."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from typing import Protocol

import numpy as np
from PIL import Image
from PIL.ExifTags import Base

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset, Store
from sparring.data.framing import Frame, converted, framed, image, pixels, require_sides
from sparring.data.picture import UNREADABLE, decode

IN_MEMORY = 2**30
"""Bytes; a set whose pictures need more at their final size is decoded lazily."""

SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that exchange height and width."""

MIN_READABLE = 0.9
"""Share of the pictures that must be readable."""


class Pictures(Protocol):
    """An ordered collection of encoded pictures."""

    def __len__(self) -> int: ...

    def name(self, index: int) -> str:
        """Return the picture's name for messages, e.g. its file name."""
        ...

    def picture(self, index: int) -> Image.Image:
        """Return the picture, perhaps not yet decoded; raises one of `UNREADABLE` if it is damaged."""
        ...


@dataclass(frozen=True)
class Album:
    """Pictures with their labels, before cropping and resizing."""

    pictures: Pictures
    y: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DecodedPicture:
    """One decoded picture and its properties."""

    size: tuple[int, int]
    """(height, width) before cropping and resizing, after EXIF rotation."""
    channels: int
    """The fewest channels that hold it without loss: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA."""
    digest: bytes
    low: int
    high: int
    pixels: np.ndarray | None
    """uint8 (height, width, channels), cropped and resized; None if not requested."""


def _fewest_channels(picture: Image.Image) -> Image.Image:
    """Convert the picture to the fewest channels that hold it without loss."""
    if picture.mode in ("LA", "RGBA") and picture.getchannel("A").getextrema()[0] == 255:
        picture = picture.convert(picture.mode[:-1])
    if picture.mode in ("RGB", "RGBA"):
        array = np.asarray(picture)
        if (array[..., 0] == array[..., 1]).all() and (array[..., 0] == array[..., 2]).all():
            return picture.convert("L" if picture.mode == "RGB" else "LA")
    return picture


def decode_picture(pictures: Pictures, to: Frame, keep: bool, index: int) -> DecodedPicture | str:
    """Return the picture `index`, cropped and resized to the frame `to`; an error message if it is damaged.

    Its pixels are returned only if `keep`.  `to.channels` is not applied here.
    """
    try:
        raw = pictures.picture(index)
        across, down = raw.size
        # A JPEG decoded at twice the final size loses almost nothing in the resize.
        whole = decode(raw, None if to.size is None else 2 * max(to.size))
    except UNREADABLE as error:
        return f"{type(error).__name__}: {error}"
    is_rotated = raw.getexif().get(Base.Orientation) in SIDEWAYS
    array = pixels(_fewest_channels(framed(whole, to)))
    digest = blake2b(repr(array.shape).encode() + array.tobytes(), digest_size=8).digest()
    return DecodedPicture(
        (across, down) if is_rotated else (down, across),
        array.shape[2],
        digest,
        int(array.min()),
        int(array.max()),
        array if keep else None,
    )


def decode_pictures(pictures: Pictures, to: Frame, keep: bool) -> Iterator[DecodedPicture | str]:
    """Yield `decode_picture` of every picture in order: the picture, or an error message if it is damaged.

    A pool of threads reads them in blocks of 256.
    """
    read = partial(decode_picture, pictures, to, keep)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(pictures), 256):
            yield from pool.map(read, range(start, min(start + 256, len(pictures))))


@dataclass(frozen=True)
class LazyPictures:
    """A store that decodes pictures on access."""

    pictures: Pictures
    kept: np.ndarray
    """Indices of the pictures in the set, int64."""
    frame: Frame
    """The frame, with size and channels set."""

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, index: np.ndarray | slice) -> np.ndarray:
        """Return the pictures at `index` (any NumPy index), uint8 (..., height, width, channels)."""
        indices = np.asarray(self.kept[index])
        assert self.frame.size is not None
        assert self.frame.channels is not None
        out = np.empty((indices.size, *self.frame.size, self.frame.channels), np.uint8)
        for place, picture in enumerate(indices.ravel()):
            out[place] = self._pixels(int(picture))
        return out.reshape(*indices.shape, *out.shape[1:])

    def _pixels(self, index: int) -> np.ndarray:
        result = decode_picture(self.pictures, self.frame, True, index)
        if isinstance(result, str) or result.pixels is None:
            raise BadInput(f"{self.pictures.name(index)!r} could be read before and now cannot: {result!r}")
        return in_channels(result.pixels, self.frame.channels)


def in_channels(array: np.ndarray, channels: int | None) -> np.ndarray:
    """Return one picture, uint8 (height, width, c), with `channels` channels; unchanged if that is None."""
    if channels is None or array.shape[2] == channels:
        return array
    return pixels(converted(image(array), channels))


def natural_channels(counts: Sequence[int]) -> int:
    """Return the channels for a set: 1 if all pictures are grey, 4 if any has transparency, else 3.

    `counts` has the channels of each picture: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
    """
    if any(channels in (2, 4) for channels in counts):
        return 4
    return 3 if 3 in counts else 1


def unreadable_note(pictures: Pictures, bad: Sequence[int], why: str = "") -> str:
    """Return a sentence on how many pictures cannot be read, with the names of the first three and `why`.

    `bad` are their indices.
    """
    some = ", ".join(repr(pictures.name(index)) for index in bad[:3])
    more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
    return f"{len(bad)} of {len(pictures)} pictures cannot be read: {some}{more}{why}"


def _first(pictures: Pictures, to: Frame, spec: str) -> DecodedPicture:
    for index in range(len(pictures)):
        result = decode_picture(pictures, to, False, index)
        if isinstance(result, DecodedPicture):
            return result
    raise BadInput(f"none of the {len(pictures)} pictures of {spec!r} can be read")


@dataclass(frozen=True)
class _Survey:
    good: np.ndarray
    pixels: list[np.ndarray]
    channels: int
    notes: tuple[str, ...]


def _survey(album: Album, to: Frame, keep: bool, sides: tuple[int, int], spec: str) -> _Survey:
    good: list[int] = []
    bad: list[int] = []
    arrays: list[np.ndarray] = []
    channels: set[int] = set()
    for index, result in enumerate(decode_pictures(album.pictures, to, keep)):
        if isinstance(result, str):
            bad.append(index)
            continue
        if to.size is None and result.size != sides:
            raise BadInput(_size_mismatch(album.pictures, (good[0], index), (sides, result.size), spec))
        good.append(index)
        channels.add(result.channels)
        if result.pixels is not None:
            arrays.append(result.pixels)
    if len(good) < MIN_READABLE * len(album.pictures):
        raise BadInput(
            unreadable_note(album.pictures, bad, f"; at least {MIN_READABLE:.0%} of {spec!r} must be good")
        )
    notes: tuple[str, ...] = (unreadable_note(album.pictures, bad, "; they are skipped"),) if bad else ()
    natural = natural_channels(tuple(channels))
    if to.channels in (1, 3) and natural == 4:
        notes += ("transparent pictures are composited over white",)
    return _Survey(np.array(good), arrays, to.channels or natural, notes)


def _size_mismatch(
    pictures: Pictures, which: tuple[int, int], sizes: tuple[tuple[int, int], tuple[int, int]], spec: str
) -> str:
    (a, b), ((p, q), (r, s)) = which, sizes
    return (
        f"pictures of {spec!r} differ in size ({pictures.name(a)!r} is {p}x{q}, "
        f"{pictures.name(b)!r} {r}x{s}); choose one for all with --size"
    )


def album_data(album: Album, to: Frame, spec: str) -> Dataset:
    """Return the album as a data set, cropped and resized to the frame `to`.

    It is in memory if it needs at most `IN_MEMORY` bytes (1 GiB), else decoded lazily.  In either case every
    picture is read once here; those that cannot be read are left out, with a note.  `to.channels` None:
    `natural_channels` of the set.  Raises `BadInput` if fewer than 90 % of the pictures can be read, and
    without `to.size` if their sizes differ or a side is not 8 to 256 pixels.
    """
    first = _first(album.pictures, to, spec)
    sides = to.size or require_sides(first.size, repr(spec))
    keep = len(album.pictures) * sides[0] * sides[1] * (to.channels or 3) <= IN_MEMORY
    survey = _survey(album, to, keep, sides, spec)
    x: Store = LazyPictures(album.pictures, survey.good, replace(to, size=sides, channels=survey.channels))
    if keep:
        x = np.empty((len(survey.good), *sides, survey.channels), np.uint8)
        for index, array in enumerate(survey.pixels):
            x[index] = in_channels(array, survey.channels)
    y = None if album.y is None else album.y[survey.good]
    names = [album.pictures.name(index) for index in survey.good.tolist()]
    return Dataset(x, (survey.channels, *sides), spec, y, album.classes, album.notes + survey.notes, names)
