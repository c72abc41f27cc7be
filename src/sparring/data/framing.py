"""Cropping, resizing and channel conversion of the pictures of a set."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from sparring.core.errors import BadInput

SHORTEST, LONGEST = 8, 256
"""Least and greatest side of a picture, in pixels."""

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Pillow's mode for each number of channels; 2 is grey with alpha."""


@dataclass(frozen=True)
class Frame:
    """The size and channels that every picture of a set is converted to."""

    size: tuple[int, int] | None = None
    """(height, width); None: as the picture is."""
    cut: bool = True
    """Whether pictures of another aspect ratio are cropped to the centre (else squeezed)."""
    channels: int | None = None
    """1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; None: as the data are."""


def parse_frame(size: str | None = None, crop: str = "centre", channels: int | None = None) -> Frame:
    """Return the frame for a user's size, crop and channels; raises `BadInput` for other values than these.

    `size` is "N" or "HxW" with sides of 8 to 256 pixels, None: as the picture is.  `crop` is "centre" (crop
    the centre to that aspect ratio) or "none" (squeeze).  `channels` is 1 to 4, None: as the data are.
    """
    if crop not in ("centre", "none"):
        raise BadInput(f"crop {crop!r} is unknown; use 'centre' or 'none'")
    if channels is not None and channels not in MODES:
        raise BadInput(f"channels must be 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA), not {channels!r}")
    return Frame(None if size is None else _sides(size), crop == "centre", channels)


def _sides(size: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,6})(?:x([0-9]{1,6}))?", size)
    if match is None:
        raise BadInput(f"size {size!r} is neither N nor HxW; write for example 32 or 48x64")
    height = int(match[1])
    sides = (height, int(match[2] or height))
    if not all(SHORTEST <= side <= LONGEST for side in sides):
        raise BadInput(f"size {size!r} is out of range; sides must be {SHORTEST} to {LONGEST} pixels")
    return sides


def require_sides(sides: tuple[int, int], name: str) -> tuple[int, int]:
    """Return `sides`, (height, width), if both are 8 to 256 pixels; else raise `BadInput` about `name`."""
    if not all(SHORTEST <= side <= LONGEST for side in sides):
        raise BadInput(
            f"pictures of {name} are {sides[0]}x{sides[1]}, but sides must be {SHORTEST} to {LONGEST} "
            "pixels; choose a size with --size"
        )
    return sides


def _box(width: int, height: int, sides: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the largest centred box with the aspect ratio of `sides`, in whole pixels: no interpolation."""
    across = max(1, min(width, round(height * sides[1] / sides[0])))
    down = max(1, min(height, round(width * sides[0] / sides[1])))
    left, top = (width - across) // 2, (height - down) // 2
    return left, top, left + across, top + down


def framed_map(x: np.ndarray, to: Frame) -> np.ndarray:
    """Return label maps, uint8 (n, height, width), cropped as `framed` does and resized by nearest pixel.

    `to.size` is set.  A label of the result is always one of the map's.
    """
    assert to.size is not None
    height, width = x.shape[1:]
    left, top, right, bottom = _box(width, height, to.size) if to.cut else (0, 0, width, height)
    rows, columns = (
        start + ((np.arange(count) + 0.5) * (end - start) / count).astype(int)
        for start, end, count in ((top, bottom, to.size[0]), (left, right, to.size[1]))
    )
    return x[:, rows[:, None], columns]


def framed(picture: Image.Image, to: Frame) -> Image.Image:
    """Return a picture with the size of the frame `to`: by Lanczos if a side shrinks, else bicubic.

    With `to.cut` it is first cropped to the largest centred box of that aspect ratio, else squeezed.  It is
    unchanged if `to.size` is None.  `to.channels` is not applied.  `picture` is in one of `MODES`.  Pillow
    weights colours by alpha, so that colours of transparent pixels do not bleed.
    """
    if to.size is None:
        return picture
    width, height = picture.size
    box = _box(width, height, to.size) if to.cut else (0, 0, width, height)
    across, down = box[2] - box[0], box[3] - box[1]
    if (down, across) == to.size:
        return picture if (across, down) == picture.size else picture.crop(box)
    shrinks = to.size[0] < down or to.size[1] < across
    resampling = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    return picture.resize((to.size[1], to.size[0]), resampling, box)


def converted(picture: Image.Image, channels: int) -> Image.Image:
    """Return a picture with `channels` channels, a key of `MODES`; dropped alpha is composited over white."""
    mode = MODES[channels]
    if picture.mode == mode:
        return picture
    if picture.mode in ("LA", "RGBA") and channels in (1, 3):
        sheet = Image.new("RGBA", picture.size, "white")
        sheet.alpha_composite(picture.convert("RGBA"))
        picture = sheet.convert("RGB")
    return picture.convert(mode)


def pixels(picture: Image.Image) -> np.ndarray:
    """Return a picture as uint8 (height, width, channels)."""
    array = np.asarray(picture)
    return array[:, :, None] if array.ndim == 2 else array


def image(array: np.ndarray) -> Image.Image:
    """Return a uint8 array (height, width, 1 to 4 channels) as a Pillow picture."""
    return Image.fromarray(np.ascontiguousarray(array[:, :, 0] if array.shape[2] == 1 else array))


def framed_array(x: np.ndarray, to: Frame) -> np.ndarray:
    """Return uint8 pictures (n, height, width, channels), cropped, resized and converted to a frame.

    `x` itself is returned if size and channels are those of the frame.  See `framed` and `converted`.
    """
    channels = to.channels or x.shape[3]
    sides = to.size or (x.shape[1], x.shape[2])
    if (*sides, channels) == x.shape[1:]:
        return x
    out = np.empty((len(x), *sides, channels), np.uint8)
    whole = replace(to, size=sides)
    for index, picture in enumerate(x):
        out[index] = pixels(converted(framed(image(picture), whole), channels))
    return out
