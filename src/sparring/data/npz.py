"""Arrays in NumPy's .npz files, read without unpickling."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays, arrays
from sparring.data.picture import UNREADABLE

DAMAGED = (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)


def npz_arrays(path: Path, name: str | None, labels: str | None) -> Arrays:
    """Return the array `name` of the file, with the array `labels`, if not None, as its labels.

    If there is no array `name`, it is unpacked from `name`_jpg (one JPEG that holds all pictures in a grid)
    and `name`_grid (rows, columns, height, width, count).  Raises `BadInput` if `name` is None or empty, or
    if the file or the array is missing, damaged or not usable.
    """
    try:
        file = np.load(path, allow_pickle=False)
    except DAMAGED as error:
        raise BadInput(f"{str(path)!r} is not a readable .npz file: {_line(error)}") from error
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise BadInput(f"{str(path)!r} holds a single array (.npy); save it with numpy.savez")
    with file:
        there = ", ".join(_usable(file)) or "none"
        if not name:
            raise BadInput(f"say which array of {str(path)!r}, as FILE.npz:ARRAY; there are: {there}")
        for wanted in (name, labels):
            if wanted is not None and wanted not in _usable(file):
                raise BadInput(f"{str(path)!r} has no array {wanted!r}; there are: {there}")
        x = _member(file, name, path) if name in file.files else _tiles(file, name, path)
        y = None if labels is None else _member(file, labels, path)
    return arrays(x, f"{str(path)!r}:{name}", y, repr(labels))


def _usable(file: np.lib.npyio.NpzFile) -> list[str]:
    whole = set(file.files)
    packed = [key[:-4] for key in file.files if key.endswith("_jpg") and f"{key[:-4]}_grid" in whole]
    hidden = {key + end for key in packed for end in ("_jpg", "_grid")}
    return sorted(whole - hidden | set(packed))


def _member(file: np.lib.npyio.NpzFile, name: str, path: Path) -> np.ndarray:
    if name not in file.files:
        raise BadInput(f"{name!r} in {str(path)!r} is a packed grid of pictures, which cannot be labels")
    try:
        return np.asarray(file[name])
    except DAMAGED as error:
        raise BadInput(f"array {name!r} of {str(path)!r} cannot be read: {_line(error)}") from error


def _tiles(file: np.lib.npyio.NpzFile, name: str, path: Path) -> np.ndarray:
    """Return the pictures of a packed grid, uint8 (n, height, width, channels)."""
    packed, shape = _member(file, f"{name}_jpg", path), _member(file, f"{name}_grid", path)
    try:
        rows, columns, height, width, count = (int(number) for number in shape)
        sheet = np.asarray(Image.open(io.BytesIO(packed.tobytes()), formats=("JPEG",)))
        apart = sheet.reshape(rows, height, columns, width, -1).swapaxes(1, 2)
        return apart.reshape(rows * columns, height, width, -1)[:count]
    except UNREADABLE as error:
        raise BadInput(
            f"grid {name!r} of {str(path)!r} cannot be unpacked; give a JPEG {name}_jpg and "
            f"{name}_grid with its rows, columns, height, width, count"
        ) from error


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
