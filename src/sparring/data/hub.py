"""Data sets of the Hugging Face hub, through the optional package `datasets`, imported on first use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from sparring.core.errors import BadInput
from sparring.data.album import Album


@dataclass(frozen=True)
class HubPictures:
    """One picture column of a table of the hub."""

    table: Sequence[Mapping[str, Any]]
    column: str

    def __len__(self) -> int:
        return len(self.table)

    def name(self, index: int) -> str:
        return f"row {index}"

    def picture(self, index: int) -> Image.Image:
        value = self.table[index][self.column]
        if not isinstance(value, Image.Image):
            raise ValueError(f"column {self.column!r} holds no picture in row {index}")
        return value


def _package() -> ModuleType:
    try:
        return import_module("datasets")
    except ImportError as error:
        raise BadInput("hub data need the package 'datasets': pip install 'sparring[hub]'") from error


def hub_album(rest: str) -> Album:
    """Return the pictures of NAME[:SPLIT[:COLUMN]]; the default split is "train".

    The default column is the first with pictures; labels are the first column of type `ClassLabel`, and there
    are none if this column lacks some.  Raises `BadInput` if the package is missing, the set cannot be
    loaded, or there is no such column.
    """
    name, split, column, *more = [*rest.split(":"), "", ""]
    if not name or any(more):
        raise BadInput(f"'hf:{rest}' is not hf:NAME[:SPLIT[:COLUMN]]")
    package = _package()
    try:
        table = package.load_dataset(name, split=split or "train")
    except (OSError, ValueError, LookupError, RuntimeError, ImportError) as error:
        why = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BadInput(
            f"the hub's set {name!r}, split {split or 'train'!r}, cannot be loaded: {why}"
        ) from error
    columns = [key for key, kind in table.features.items() if isinstance(kind, package.Image)]
    if not columns or (column and column not in columns):
        wrong = f"no column {column!r} of pictures" if column else "no column of pictures"
        raise BadInput(f"the hub's set {name!r} has {wrong}; its columns: {', '.join(table.features)}")
    if not len(table):
        raise BadInput(f"split {split or 'train'!r} of the hub's set {name!r} is empty")
    y, classes, notes = _labels(table, package)
    return Album(HubPictures(table, column or columns[0]), y, classes, notes)


def _labels(table: Any, package: ModuleType) -> tuple[np.ndarray | None, tuple[str, ...], tuple[str, ...]]:
    for key, kind in table.features.items():
        if isinstance(kind, package.ClassLabel):
            y = np.asarray(list(table[key]), np.int64)
            if (y < 0).any():  # the hub's value for labels that are not published
                return None, (), (f"no labels: column {key!r} lacks some",)
            return y, tuple(kind.names), ()
    return None, (), ()
