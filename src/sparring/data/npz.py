"""Arrays in NumPy's .npz files, read without unpickling."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays, arrays

DAMAGED = (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)


def npz_arrays(path: Path, names: str | None, labels: str | None) -> Arrays:
    """Return arrays of a file: the data, their columns, and the array `labels`, if not None, as their labels.

    `names` is ARRAY or ARRAY,ROLE=ARRAY,...: the data, and a column for each role.  Raises `BadInput` if it
    is None or empty, or if the file or an array is missing, damaged or not usable.
    """
    name, *pairs = (names or "").split(",")
    roles = _roles(pairs, path)
    try:
        file = np.load(path, allow_pickle=False)
    except DAMAGED as error:
        raise BadInput(f"{str(path)!r} is not a readable .npz file: {_line(error)}") from error
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise BadInput(f"{str(path)!r} holds a single array (.npy); save it with numpy.savez")
    with file:
        there = ", ".join(sorted(file.files)) or "none"
        if not name:
            raise BadInput(f"say which array of {str(path)!r}, as FILE.npz:ARRAY; there are: {there}")
        for wanted in (name, *roles.values(), labels):
            if wanted is not None and wanted not in file.files:
                raise BadInput(f"{str(path)!r} has no array {wanted!r}; there are: {there}")
        x = _member(file, name, path)
        y = None if labels is None else _member(file, labels, path)
        columns = {role: _member(file, array, path) for role, array in roles.items()}
    return replace(arrays(x, f"{str(path)!r}:{name}", y, repr(labels)), columns=columns)


def _roles(pairs: Sequence[str], path: Path) -> dict[str, str]:
    """Return the arrays of the columns by role, from words ROLE=ARRAY."""
    roles: dict[str, str] = {}
    for pair in pairs:
        role, equals, array = pair.partition("=")
        if not (role and equals and array):
            raise BadInput(f"{str(path)!r}: column {pair!r} is not ROLE=ARRAY, as in photo,source=label")
        if role in roles:
            raise BadInput(f"{str(path)!r}: column {role!r} is given twice; give each role one array")
        roles[role] = array
    return roles


def _member(file: np.lib.npyio.NpzFile, name: str, path: Path) -> np.ndarray:
    try:
        return np.asarray(file[name])
    except DAMAGED as error:
        raise BadInput(f"array {name!r} of {str(path)!r} cannot be read: {_line(error)}") from error


def _line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
