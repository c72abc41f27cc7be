"""MNIST's IDX files: a magic number, the dimensions, the values; optionally compressed by gzip.

LeCun, Cortes and Burges, The MNIST database of handwritten digits: "The IDX file format".
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays, arrays

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""NumPy type for each type code, the third byte of the magic number."""


def idx_arrays(rest: str) -> Arrays:
    """Return the pictures and optional labels of PATH[:LABELS], both IDX files.

    The pictures have 3 or 4 dimensions, see `arrays`.  Raises `BadInput` for invalid files.
    """
    path, labels = split_spec(rest)
    x = idx(path)
    if x.ndim not in (3, 4):
        raise BadInput(f"{str(path)!r} has shape {x.shape}; pictures have 3 or 4 dimensions")
    return arrays(x, repr(str(path)), None if labels is None else idx(labels), repr(str(labels)))


def split_spec(rest: str) -> tuple[Path, Path | None]:
    """Return the two paths of PATH[:LABELS], the second None if it is not given.

    PATH is the longest prefix that is a file, since names may contain colons.  Raises `BadInput` if none is.
    """
    parts = rest.split(":")
    for end in range(len(parts), 0, -1):
        path = ":".join(parts[:end])
        if os.path.isfile(path):
            labels = ":".join(parts[end:])
            return Path(path), Path(labels) if labels else None
    raise BadInput(f"there is no file {parts[0]!r}; give idx:PATH[:LABELS]")


def idx(path: Path) -> np.ndarray:
    """Return the array in an IDX file, which may be compressed by gzip, in the byte order of this machine.

    Raises `BadInput` if the file cannot be read, or magic number, dimensions or length are wrong.
    """
    try:
        with path.open("rb") as start:
            packed = start.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not head[3]:
                raise BadInput(f"{str(path)!r} is no IDX file: it begins with {head!r}")
            sizes = file.read(4 * head[3])
            if len(sizes) < 4 * head[3]:
                raise BadInput(f"{str(path)!r} is cut short within its dimensions")
            shape = struct.unpack(f">{head[3]}I", sizes)
            kind = np.dtype(TYPES[head[2]])
            body = file.read()  # not sized by the dimensions, which a damaged file may overstate
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{str(path)!r} cannot be read: {str(error) or type(error).__name__}") from error
    expected = kind.itemsize * math.prod(shape)
    if len(body) != expected:
        relation = "longer" if len(body) > expected else "shorter"
        raise BadInput(f"{str(path)!r} is {relation} than its dimensions {shape} say")
    return np.frombuffer(body, kind).reshape(shape).astype(kind.newbyteorder("="))
