"""Atomic writing of files: a file is complete or absent."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data.npz import DAMAGED

RUN_PARTS = (
    "run.json",
    "events.jsonl",
    "trained_on.npy",
    "checkpoints",
    "samples",
    "frames",
    "tensorboard",
    "movie.gif",
    "judge.npz",
    "doctor",
    "diagnosis.html",
    "calibration.json",
    "encoder",
)
"""The files and folders in a run directory; the first one identifies a folder as a run directory."""


@contextmanager
def write_errors_as_bad_input(path: Path) -> Iterator[None]:
    """Context that turns errors of writing `path` into a `BadInput` of one line that names the file."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise BadInput(
                f"{path}: the disk is full; free some space, then continue with `sparring resume`"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise BadInput(f"{path}: no permission to write; choose another folder") from error
        if error.errno in (errno.ENOTDIR, errno.ENOENT, errno.EEXIST, errno.ENAMETOOLONG, errno.EISDIR):
            raise BadInput(f"{path}: cannot be created ({error.strerror}); choose another path") from error
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically; create its folder if needed."""
    with write_errors_as_bad_input(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            with open(draft, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)


def write_saved(path: Path, save: Callable[[BinaryIO], object]) -> None:
    """Write a file atomically: `save` is called with a binary buffer, whose content becomes the file's."""
    buffer = io.BytesIO()
    save(buffer)
    write_bytes(path, buffer.getvalue())


def write_json(path: Path, content: object) -> None:
    """Write JSON atomically, indented.

    Raises `ValueError` for NaN and infinite numbers, and `TypeError` for objects that JSON does not have.
    """
    write_bytes(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def finite(value: float) -> float | None:
    """Return the number; None for NaN and infinite numbers, which JSON does not have."""
    return value if isfinite(value) else None


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; raises `BadInput` if the file is missing or not JSON."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as JSON ({error})") from error


def write_picture(path: Path, picture: Any) -> None:
    """Write a picture atomically: a uint8 array (height, width[, 1, 3 or 4 channels]) or a Pillow picture.

    The suffix of `path` determines the format; PNG if the suffix is unknown.
    """
    if isinstance(picture, np.ndarray) and picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[..., 0]  # as Pillow has grey pictures
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    kind = Image.registered_extensions().get(path.suffix.lower(), "PNG")
    write_saved(path, lambda file: image.save(file, format=kind))


def prepare_folder(
    out: Path, overwrite: bool, parts: tuple[str, ...], resume_folder: str | None = None
) -> None:
    """Create the output folder `out`, or raise `BadInput` if it may not be written.

    `parts` are the names that will be written there; the first is the mark that identifies such a folder.
    `overwrite` removes these parts, but only from a folder with the mark; all other files there stay.
    `resume_folder` is the name of a subfolder that interrupted work leaves: if `out` holds it, no mark, and
    nothing but parts, the work may continue there, and partly written parts are removed.  Raises `BadInput`
    if `out` holds other files.  Nothing is changed before all checks have passed.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(f"--out {out}: is a file; give a folder that does not exist yet")
    if out.is_dir() and any(out.iterdir()) and not _is_interrupted(out, parts, resume_folder):
        if not overwrite:
            raise BadInput(f"--out {out}: exists and is not empty; give another folder or --overwrite")
        if not (out / parts[0]).is_file():
            raise BadInput(
                f"--out {out}: holds no {parts[0]}, so --overwrite does not replace it; delete it yourself"
            )
    with write_errors_as_bad_input(out):
        out.mkdir(parents=True, exist_ok=True)
        probe = out / f".{os.getpid()}.probe"
        probe.touch()
        probe.unlink()
        for part in reversed(parts):  # the mark last, so that a partly removed folder still has it
            _remove(out / part)
            for draft in out.glob(f".{part}.*.tmp"):
                draft.unlink()


def _is_interrupted(out: Path, parts: tuple[str, ...], begun: str | None) -> bool:
    """Whether `out` holds only what interrupted work leaves: arrays in `resume_folder`, parts, drafts."""
    if begun is None or not (out / begun).is_dir() or (out / parts[0]).exists():
        return False
    inside = [item.name for item in (out / begun).iterdir()]
    drafts = {item.name for part in parts for item in out.glob(f".{part}.*.tmp")}
    ours = {item.name for item in out.iterdir()} <= {begun, *parts, *drafts}
    return ours and bool(inside) and all(name.endswith((".npz", ".tmp")) for name in inside)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def write_npy(path: Path, array: np.ndarray) -> None:
    """Write one array of numbers atomically."""
    write_saved(path, lambda file: np.save(file, array, allow_pickle=False))


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays of numbers atomically, compressed."""
    plain: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
    write_saved(path, lambda file: np.savez_compressed(file, **plain))


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Return the named arrays that `write_npz` wrote; raises `BadInput` if the file is missing or damaged."""
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("a single array")
        with archive:
            return {name: archive[name] for name in archive.files}
    except (*DAMAGED, KeyError) as error:
        raise BadInput(f"{path}: is damaged ({type(error).__name__})") from error
