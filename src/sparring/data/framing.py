"""One size and one number of channels for all pictures of a set."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from sparring.core.errors import BadInput

SHORTEST, LONGEST = 8, 256
"""Sides that pictures of a set may have, in pixels."""

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""Pillow's name for each number of channels; 2 is grey with alpha."""


@dataclass(frozen=True)
class Frame:
    """What every picture is brought to."""

    size: tuple[int, int] | None = None
    """(height, width); None: as the picture is."""
    cut: bool = True
    """Whether another aspect is met by cutting the centre out (else by squeezing)."""
    channels: int | None = None
    """1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; None: as the data are."""


def frame(size: str | None = None, crop: str = "centre", channels: int | None = None) -> Frame:
    """The frame that a user's words describe; `BadInput` where they describe none."""
    if crop not in ("centre", "none"):
        raise BadInput(f"crop {crop!r} is unknown; use 'centre' or 'none'")
    if channels is not None and channels not in MODES:
        raise BadInput(f"channels must be 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA), not {channels!r}")
    return Frame(None if size is None else _sides(size), crop == "centre", channels)


def _sides(size: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,6})(?:x([0-9]{1,6}))?", size)
    if found is None:
        raise BadInput(f"size {size!r} is neither N nor HxW; write for example 32 or 48x64")
    height = int(found[1])
    sides = (height, int(found[2] or height))
    if not all(SHORTEST <= side <= LONGEST for side in sides):
        raise BadInput(f"size {size!r} is out of range; sides must be {SHORTEST} to {LONGEST} pixels")
    return sides


def checked_sides(sides: tuple[int, int], name: str) -> tuple[int, int]:
    """`sides`, (height, width), if pictures of that size can be used as they are; else `BadInput`."""
    if not all(SHORTEST <= side <= LONGEST for side in sides):
        raise BadInput(
            f"pictures of {name} are {sides[0]}x{sides[1]}, but sides must be {SHORTEST} to {LONGEST} "
            "pixels; choose a size with --size"
        )
    return sides


def _box(width: int, height: int, sides: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest centred box of the aspect of `sides`, in whole pixels: cutting alone blurs nothing."""
    across = max(1, min(width, round(height * sides[1] / sides[0])))
    down = max(1, min(height, round(width * sides[0] / sides[1])))
    left, top = (width - across) // 2, (height - down) // 2
    return left, top, left + across, top + down


def framed(picture: Image.Image, to: Frame) -> Image.Image:
    """The picture cut and resized: Lanczos where a side shrinks, bicubic where both grow.

    `picture` is in one of `MODES`.  Pillow weighs colours by alpha, so hidden colours do not bleed.
    """
    if to.size is None:
        return picture
    width, height = picture.size
    box = _box(width, height, to.size) if to.cut else (0, 0, width, height)
    across, down = box[2] - box[0], box[3] - box[1]
    if (down, across) == to.size:
        return picture if (across, down) == picture.size else picture.crop(box)
    shrinks = to.size[0] < down or to.size[1] < across
    how = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    return picture.resize((to.size[1], to.size[0]), how, box)


def converted(picture: Image.Image, channels: int) -> Image.Image:
    """The picture in `channels` channels; where alpha is dropped, it is laid over white first."""
    mode = MODES[channels]
    if picture.mode == mode:
        return picture
    if picture.mode in ("LA", "RGBA") and channels in (1, 3):
        sheet = Image.new("RGBA", picture.size, "white")
        sheet.alpha_composite(picture.convert("RGBA"))
        picture = sheet.convert("RGB")
    return picture.convert(mode)


def pixels(picture: Image.Image) -> np.ndarray:
    """The picture as uint8 (height, width, channels)."""
    array = np.asarray(picture)
    return array[:, :, None] if array.ndim == 2 else array


def image(array: np.ndarray) -> Image.Image:
    """The Pillow picture of a uint8 array (height, width, 1 to 4 channels)."""
    return Image.fromarray(np.ascontiguousarray(array[:, :, 0] if array.shape[2] == 1 else array))


def framed_array(x: np.ndarray, to: Frame) -> np.ndarray:
    """uint8 pictures (n, height, width, channels) brought to a frame, one by one only where they change."""
    channels = to.channels or x.shape[3]
    sides = to.size or (x.shape[1], x.shape[2])
    if (*sides, channels) == x.shape[1:]:
        return x
    out = np.empty((len(x), *sides, channels), np.uint8)
    whole = replace(to, size=sides)
    for index, picture in enumerate(x):
        out[index] = pixels(converted(framed(image(picture), whole), channels))
    return out
