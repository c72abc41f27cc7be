"""Pictures that are decoded one by one: all at once into memory, or as they are asked for."""

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
from sparring.data.framing import Frame, checked_sides, converted, framed, image, pixels
from sparring.data.picture import UNREADABLE, plain

IN_MEMORY = 2**30
"""Bytes; a set whose pictures need more at their final size is decoded as it is asked for."""

SIDEWAYS = (5, 6, 7, 8)
"""EXIF's orientations that exchange height and width."""

LEAST_GOOD = 0.9
"""Share of the pictures that must be readable."""


class Pictures(Protocol):
    """Pictures to be decoded, in their order."""

    def __len__(self) -> int: ...

    def name(self, index: int) -> str:
        """What a person knows the picture by."""
        ...

    def picture(self, index: int) -> Image.Image:
        """The picture, perhaps not yet decoded; one of `UNREADABLE` if it is damaged."""
        ...


@dataclass(frozen=True)
class Album:
    """Pictures with their labels, before any frame."""

    pictures: Pictures
    y: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """One picture, read."""

    size: tuple[int, int]
    """(height, width) before the frame, upright."""
    channels: int
    """The fewest that lose nothing: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA."""
    digest: bytes
    low: int
    high: int
    pixels: np.ndarray | None
    """uint8 (height, width, channels), framed; None where only the rest was asked for."""


def _thrifty(picture: Image.Image) -> Image.Image:
    """The picture in the fewest channels that lose nothing."""
    if picture.mode in ("LA", "RGBA") and picture.getchannel("A").getextrema()[0] == 255:
        picture = picture.convert(picture.mode[:-1])
    if picture.mode in ("RGB", "RGBA"):
        array = np.asarray(picture)
        if (array[..., 0] == array[..., 1]).all() and (array[..., 0] == array[..., 2]).all():
            return picture.convert("L" if picture.mode == "RGB" else "LA")
    return picture


def page(pictures: Pictures, to: Frame, keep: bool, index: int) -> Page | str:
    """One picture read and framed, or in words why it cannot be.  `to.channels` is left for later."""
    try:
        raw = pictures.picture(index)
        across, down = raw.size
        # Of a JPEG, twice the final size holds nearly all that the resize would keep.
        whole = plain(raw, None if to.size is None else 2 * max(to.size))
    except UNREADABLE as error:
        return f"{type(error).__name__}: {error}"
    turned = raw.getexif().get(Base.Orientation) in SIDEWAYS
    array = pixels(_thrifty(framed(whole, to)))
    digest = blake2b(repr(array.shape).encode() + array.tobytes(), digest_size=8).digest()
    return Page(
        (across, down) if turned else (down, across),
        array.shape[2],
        digest,
        int(array.min()),
        int(array.max()),
        array if keep else None,
    )


def pages(pictures: Pictures, to: Frame, keep: bool) -> Iterator[Page | str]:
    """Every picture read, in order, by a pool of threads that runs only a little ahead."""
    read = partial(page, pictures, to, keep)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for start in range(0, len(pictures), 256):
            yield from pool.map(read, range(start, min(start + 256, len(pictures))))


@dataclass(frozen=True)
class Decoded:
    """A store that decodes pictures when they are asked for."""

    pictures: Pictures
    kept: np.ndarray
    """Which pictures, int64."""
    frame: Frame
    """With its size and channels given."""

    def __len__(self) -> int:
        return len(self.kept)

    def __getitem__(self, index: np.ndarray | slice) -> np.ndarray:
        """The pictures at `index`, whatever NumPy takes as one, uint8 (..., height, width, channels)."""
        wanted = np.asarray(self.kept[index])
        assert self.frame.size is not None
        assert self.frame.channels is not None
        out = np.empty((wanted.size, *self.frame.size, self.frame.channels), np.uint8)
        for place, one in enumerate(wanted.ravel()):
            out[place] = self._pixels(int(one))
        return out.reshape(*wanted.shape, *out.shape[1:])

    def _pixels(self, index: int) -> np.ndarray:
        found = page(self.pictures, self.frame, True, index)
        if isinstance(found, str) or found.pixels is None:
            raise BadInput(f"{self.pictures.name(index)!r} could be read before and now cannot: {found!r}")
        return in_channels(found.pixels, self.frame.channels)


def in_channels(array: np.ndarray, channels: int | None) -> np.ndarray:
    """One picture's pixels in that many channels."""
    if channels is None or array.shape[2] == channels:
        return array
    return pixels(converted(image(array), channels))


def natural_channels(found: Sequence[int]) -> int:
    """Channels for a set: 1 if all pictures are grey, 4 if any has transparency, else 3."""
    if any(channels in (2, 4) for channels in found):
        return 4
    return 3 if 3 in found else 1


def left_out(pictures: Pictures, bad: Sequence[int], why: str = "") -> str:
    """A sentence that names the pictures that cannot be read."""
    some = ", ".join(repr(pictures.name(index)) for index in bad[:3])
    more = f" and {len(bad) - 3} more" if len(bad) > 3 else ""
    return f"{len(bad)} of {len(pictures)} pictures cannot be read: {some}{more}{why}"


def _first(pictures: Pictures, to: Frame, spec: str) -> Page:
    for index in range(len(pictures)):
        found = page(pictures, to, False, index)
        if isinstance(found, Page):
            return found
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
    kept: list[np.ndarray] = []
    channels: set[int] = set()
    for index, found in enumerate(pages(album.pictures, to, keep)):
        if isinstance(found, str):
            bad.append(index)
            continue
        if to.size is None and found.size != sides:
            raise BadInput(_differing(album.pictures, (good[0], index), (sides, found.size), spec))
        good.append(index)
        channels.add(found.channels)
        if found.pixels is not None:
            kept.append(found.pixels)
    if len(good) < LEAST_GOOD * len(album.pictures):
        raise BadInput(left_out(album.pictures, bad, f"; at least {LEAST_GOOD:.0%} of {spec!r} must be good"))
    notes: tuple[str, ...] = (left_out(album.pictures, bad, "; they are left out"),) if bad else ()
    natural = natural_channels(tuple(channels))
    if to.channels in (1, 3) and natural == 4:
        notes += ("transparency is laid over white",)
    return _Survey(np.array(good), kept, to.channels or natural, notes)


def _differing(
    pictures: Pictures, which: tuple[int, int], sizes: tuple[tuple[int, int], tuple[int, int]], spec: str
) -> str:
    (a, b), ((p, q), (r, s)) = which, sizes
    return (
        f"pictures of {spec!r} differ in size ({pictures.name(a)!r} is {p}x{q}, "
        f"{pictures.name(b)!r} {r}x{s}); choose one for all with --size"
    )


def album_data(album: Album, to: Frame, spec: str) -> Dataset:
    """The album as a set of data: in memory up to `IN_MEMORY` bytes, else decoded as it is asked for.

    Every picture is read once here in either case, so that a damaged one does not end a training later.
    """
    first = _first(album.pictures, to, spec)
    sides = to.size or checked_sides(first.size, repr(spec))
    keep = len(album.pictures) * sides[0] * sides[1] * (to.channels or 3) <= IN_MEMORY
    found = _survey(album, to, keep, sides, spec)
    x: Store = Decoded(album.pictures, found.good, replace(to, size=sides, channels=found.channels))
    if keep:
        x = np.empty((len(found.good), *sides, found.channels), np.uint8)
        for index, array in enumerate(found.pixels):
            x[index] = in_channels(array, found.channels)
    y = None if album.y is None else album.y[found.good]
    names = [album.pictures.name(index) for index in found.good.tolist()]
    return Dataset(x, (found.channels, *sides), spec, y, album.classes, album.notes + found.notes, names)
