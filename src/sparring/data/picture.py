"""Picture files of all modes, converted to eight bits per channel and rotated by EXIF."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from sparring.core.errors import BadInput

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})

UNREADABLE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""The exceptions that Pillow's decoders raise for damaged files."""


def open_picture(path: Path) -> Image.Image:
    """Open the picture at `path` without decoding it; raises one of `UNREADABLE` if it is none."""
    return Image.open(path, formats=FORMATS)


@contextmanager
def picture_file(path: Path, label: str | None = None) -> Iterator[Image.Image]:
    """Context: the picture at `path`, opened, to be decoded within.

    Raises `BadInput` if there is none, or if it cannot be read; the message begins with `label`, by default
    the path and a colon.
    """
    try:
        with Image.open(path) as picture:
            yield picture
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such picture") from error
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(f"{label or f'{path}:'} cannot be read as a picture: {reason}") from error


def decode(picture: Image.Image, at_least: int | None = None) -> Image.Image:
    """Decode a picture, rotate it by its EXIF orientation, and convert it to mode L, LA, RGB or RGBA.

    With `at_least` a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size as long as both sides keep that many
    pixels, which is several times faster.  Raises one of `UNREADABLE` if the file is damaged or its mode is
    not supported.
    """
    if at_least is not None:
        picture.draft(picture.mode, (at_least, at_least))
    picture.load()
    return _eight_bit(ImageOps.exif_transpose(picture))


def _eight_bit(picture: Image.Image) -> Image.Image:
    mode = picture.mode
    if mode.startswith("I"):
        return Image.fromarray(_scaled(np.asarray(picture)))
    if mode in ("PA", "La", "RGBa") or "transparency" in picture.info:
        return picture.convert("LA" if mode in ("L", "LA", "La") else "RGBA")
    if mode in ("L", "LA", "RGB", "RGBA"):
        return picture
    if mode in ("P", "CMYK", "YCbCr", "HSV", "RGBX"):
        return picture.convert("RGB")
    if mode == "1":
        return picture.convert("L")
    raise ValueError(f"pictures of mode {mode} are not supported")


def _scaled(values: np.ndarray) -> np.ndarray:
    """Scale integers to 0..255: from 16 bits if they suffice (grey PNG), else from 32 bits."""
    unsigned = values.astype(np.int64) % 2**32
    full = 2**16 - 1 if unsigned.max() < 2**16 else 2**32 - 1
    return np.asarray(np.rint(unsigned * (255 / full)), np.uint8)
