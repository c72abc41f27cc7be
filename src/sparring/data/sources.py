"""Data sets by the argument of `--data`."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable
from pathlib import Path

from sparring.core.errors import BadInput
from sparring.data.album import Album, album_data
from sparring.data.arrays import Arrays
from sparring.data.chains import chains
from sparring.data.dataset import Dataset
from sparring.data.folder import file_album, folder_album
from sparring.data.framing import Frame, parse_frame
from sparring.data.from_arrays import arrays_data
from sparring.data.hub import hub_album
from sparring.data.idx import idx_arrays, split_spec
from sparring.data.npz import npz_arrays
from sparring.data.picture import SUFFIXES
from sparring.data.scenes import shapes
from sparring.data.toys import digits, grid25, mix1d, ring8

BUILT_IN: dict[str, Callable[[Frame], Arrays]] = {
    "digits": lambda _: digits(),
    "mix1d": lambda _: mix1d(),
    "ring8": lambda _: ring8(),
    "grid25": lambda _: grid25(),
    "shapes": lambda to: shapes(to.size),
    "chains": lambda _: chains(),
}
"""Built-in sets, which need no file, by name."""

_NPZ = re.compile(
    r"(?P<path>.+\.npz)(?::(?P<array>[^:]*)(?::(?P<labels>[^:]*))?)?", re.IGNORECASE | re.DOTALL
)


def dataset(
    spec: str, *, size: str | None = None, crop: str = "centre", channels: int | None = None
) -> Dataset:
    """Return the data set named by `spec`, with all pictures of the same size and number of channels.

    `spec` is digits, mix1d, ring8, grid25, shapes, chains, FILE.npz:ARRAY[:LABELS], a picture or a folder
    of pictures, idx:FILE[:LABELS] or hf:NAME[:SPLIT[:COLUMN]].  `size` is "N" or "HxW", sides 8 to 256;
    None: as the data are.  `crop` is "centre" (crop the largest centred part of that aspect ratio) or
    "none" (squeeze). `channels` is 1 to 4; None: unchanged for arrays; for picture files 1 if all are grey,
    4 if any has transparency, else 3.  Raises `BadInput` if the data cannot be used.
    """
    to = parse_frame(size, crop, channels)
    source = read_source(spec, to)
    return arrays_data(source, to, spec) if isinstance(source, Arrays) else album_data(source, to, spec)


def read_source(spec: str, to: Frame) -> Arrays | Album:
    """Return the data named by `spec`, as in `dataset`, before cropping and resizing.

    They are `Arrays`, or an `Album` for picture files and data of the hub.  Of the frame `to` only the size
    is used, to render the built-in set `shapes`.  Raises `BadInput` if the data cannot be read.
    """
    if spec in BUILT_IN:
        return BUILT_IN[spec](to)
    if spec.startswith("idx:"):
        return idx_arrays(os.path.expanduser(spec[4:]))
    if spec.startswith("hf:"):
        return hub_album(spec[3:])
    path = os.path.expanduser(spec)
    if spec and os.path.isdir(path):
        return folder_album(Path(path))
    if os.path.isfile(path) and os.path.splitext(path)[1].lower() in SUFFIXES:
        return file_album(Path(path))
    file = _NPZ.fullmatch(path)
    if file is not None and os.path.isfile(file["path"]):
        return npz_arrays(Path(file["path"]), file["array"], file["labels"])
    raise BadInput(_unknown(spec, path))


def absolute_spec(spec: str) -> str:
    """Return `spec` with absolute paths, so that it names the same data from any folder."""
    if spec in BUILT_IN or spec.startswith("hf:"):
        return spec
    if spec.startswith("idx:"):
        files = split_spec(os.path.expanduser(spec[4:]))
        return "idx:" + ":".join(os.path.abspath(file) for file in files if file is not None)
    return os.path.abspath(os.path.expanduser(spec))


def _unknown(spec: str, path: str) -> str:
    if os.path.isfile(path):
        return f"{spec!r} is no file of data; use a folder of pictures, FILE.npz:ARRAY or idx:FILE"
    near = difflib.get_close_matches(spec, BUILT_IN, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"use {', '.join(BUILT_IN)}, a folder or a file"
    return f"there is no data {spec!r}: no such file or folder; {hint}"
