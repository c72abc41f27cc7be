"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
"""What a run directory holds; the first is the file by which it is known to be one."""


@contextmanager
def writing(what: Path) -> Iterator[None]:
    """Turn what the disk refuses into one line that names the file."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise BadInput(
                f"{what}: the disk is full; free some space, then go on with `sparring resume`"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise BadInput(f"{what}: may not be written; choose a folder that you may write to") from error
        if error.errno in (errno.ENOTDIR, errno.ENOENT, errno.EEXIST, errno.ENAMETOOLONG, errno.EISDIR):
            raise BadInput(f"{what}: cannot be made ({error.strerror}); choose another path") from error
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically, making its folder."""
    with writing(path):
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


def write_json(path: Path, content: object) -> None:
    """Write JSON atomically, indented; what is no JSON raises."""
    write_bytes(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """A JSON file's content; raises `BadInput` where it is missing or none."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as JSON ({error})") from error


def write_picture(path: Path, picture: Any) -> None:
    """Write a uint8 array (height, width[, channels]) or a Pillow picture atomically, by its ending."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, format=Image.registered_extensions().get(path.suffix.lower(), "PNG"))
    write_bytes(path, buffer.getvalue())


def claim(out: Path, overwrite: bool, parts: tuple[str, ...], begun: str | None = None) -> None:
    """Require that `out` is free to be written as a folder.

    `parts` are the names that will be written there; the first is the mark by which such a folder is known.
    `overwrite` removes these parts, but only from a folder that bears the mark; anything else there stays.
    `begun` names the folder inside that only work that was stopped leaves: where it stands beside nothing but
    parts, the mark not among them, the work may go on in it, and parts half written are removed.
    Raises `BadInput` where something else stands in the way.  Nothing is touched before all is checked.
    """
    if out.exists() and not out.is_dir():
        raise BadInput(f"--out {out}: is a file; give a folder that does not exist yet")
    if out.is_dir() and any(out.iterdir()) and not _stopped(out, parts, begun):
        if not overwrite:
            raise BadInput(f"--out {out}: exists and is not empty; give another folder or --overwrite")
        if not (out / parts[0]).is_file():
            raise BadInput(
                f"--out {out}: holds no {parts[0]}, so it is not ours to replace; delete it yourself"
            )
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        probe = out / f".{os.getpid()}.probe"
        probe.touch()
        probe.unlink()
        for part in reversed(parts):  # the mark last, so that what is half removed still bears it
            _remove(out / part)
            for draft in out.glob(f".{part}.*.tmp"):
                draft.unlink()


def _stopped(out: Path, parts: tuple[str, ...], begun: str | None) -> bool:
    """Whether `out` holds what stopped work leaves and nothing else: arrays in `begun`, parts, drafts."""
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
    """Hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


def write_npy(path: Path, array: np.ndarray) -> None:
    """Write one array of numbers atomically."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_bytes(path, buffer.getvalue())


def write_npz(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays of numbers atomically, compressed."""
    buffer = io.BytesIO()
    plain: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
    np.savez_compressed(buffer, **plain)
    write_bytes(path, buffer.getvalue())


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """The named arrays that `write_npz` wrote; `BadInput` where they are missing or damaged."""
    try:
        found = np.load(path, allow_pickle=False)
        if not isinstance(found, np.lib.npyio.NpzFile):
            raise ValueError("a single array")
        with found:
            return {name: found[name] for name in found.files}
    except (*DAMAGED, KeyError) as error:
        raise BadInput(f"{path}: is damaged ({type(error).__name__})") from error
