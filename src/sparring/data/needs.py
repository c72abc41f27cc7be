"""The fields of a data set that a recipe needs: found by name, or the second of two classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.kinds import Kind
from sparring.core.recipe import Need
from sparring.data.dataset import Column, Dataset, Store


@dataclass(frozen=True)
class Supply:
    """What a data set has for a recipe's needs."""

    index: np.ndarray
    """The rows of x to draw from."""
    paired: dict[str, Column]
    """By role, the columns that belong to the rows of x."""
    unpaired: dict[str, np.ndarray]
    """By role, the rows of the data that are drawn independently of `index`."""
    kinds: dict[str, Kind]
    """The kind of every needed field, by role."""
    notes: tuple[str, ...] = ()
    """Notes for the user: how pairs were found."""


def supply(dataset: Dataset, index: np.ndarray, needs: Sequence[Need]) -> Supply:
    """Return what `dataset` has for `needs`, for the rows `index`, integers, of x.

    A paired need is met by the column of its role; or, if there is none and the data are files in two
    folders, by the file of the same name in the first folder, for the rows of the second.  An unpaired one is
    met by the rows of the second of two classes, which then are no longer rows of x.  Raises `BadInput` if a
    need is not met, or by another kind.
    """
    columns: dict[str, Column] = {}
    unpaired: dict[str, np.ndarray] = {}
    notes: list[str] = []
    for need in needs:
        if not need.paired:
            index, unpaired[need.role] = _by_class(dataset, index)
            _require_kind(dataset, need, dataset.kind)
        elif _is_by_name(dataset, need):
            index, columns[need.role] = _by_name(dataset, index)
            _require_kind(dataset, need, dataset.kind)
            first, second = dataset.classes
            notes.append(
                f"{len(index)} pairs, files of one name in {first!r} ({need.role}) and {second!r} (x); "
                "the result is meaningless if they are not partners"
            )
        else:
            columns[need.role] = _column(dataset, need)
    paired = {role: column.kind for role, column in columns.items()}
    return Supply(index, columns, unpaired, {**paired, **dict.fromkeys(unpaired, dataset.kind)}, tuple(notes))


def splits_classes(dataset: Dataset, needs: Sequence[Need]) -> bool:
    """Return whether the classes of `dataset` are the two sets of a need, and not labels."""
    return any(not need.paired or _is_by_name(dataset, need) for need in needs)


@dataclass(frozen=True)
class _Rows:
    """A store whose row i is row `at[i]` of another."""

    values: Store
    at: np.ndarray

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, index: np.ndarray | slice) -> np.ndarray:
        return self.values[self.at[index]]


def _is_by_name(dataset: Dataset, need: Need) -> bool:
    """Return whether a need is met by files of one name in two folders: a paired one without a column."""
    two_folders = len(dataset.classes) == 2 and dataset.y is not None and len(dataset.names) == len(dataset)
    return need.paired and need.role not in dataset.columns and two_folders


def _by_name(dataset: Dataset, index: np.ndarray) -> tuple[np.ndarray, Column]:
    """Return the rows of the second folder, and for each row of x its partner in the first folder."""
    y, stems = dataset.y, [str(Path(name).with_suffix("").name) for name in dataset.names]
    assert y is not None
    first = {stems[row]: row for row in np.flatnonzero(y == 0)}
    at = np.array([first.get(stem, -1) if label == 1 else -1 for stem, label in zip(stems, y, strict=True)])
    rows = index[at[index] >= 0]
    if not len(rows):
        a, b = dataset.classes
        raise BadInput(
            f"this recipe needs pairs: no file of {dataset.spec!r} has one name in {a!r} and in {b!r}; "
            "give partners the same name"
        )
    return rows, Column(dataset.kind, _Rows(dataset.x, at.clip(0)))


def _column(dataset: Dataset, need: Need) -> Column:
    if need.role not in dataset.columns:
        there = ", ".join(dataset.columns) or "none besides x and labels"
        raise BadInput(
            f"this recipe needs a column {need.role!r} of the data; {dataset.spec!r} has {there}: give "
            f"FILE.npz:ARRAY,{need.role}=ARRAY, or a folder of two folders with files of one name"
        )
    column = dataset.columns[need.role]
    _require_kind(dataset, need, column.kind)
    return column


def _require_kind(dataset: Dataset, need: Need, kind: Kind) -> None:
    kinds = need.kinds or (type(dataset.kind),)
    if not isinstance(kind, kinds):
        wanted = " or ".join(wanted.__name__ for wanted in kinds)
        raise BadInput(f"{dataset.spec!r}: column {need.role!r} holds {kind}; this recipe needs {wanted}")


def _by_class(dataset: Dataset, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of each of the two classes."""
    y = None if dataset.y is None else dataset.y[index]
    if y is None or len(dataset.classes) != 2 or len(np.unique(y)) != 2 or y.min() < 0:
        raise BadInput(
            "this recipe translates between two domains: give data with two classes, e.g. a folder with two "
            f"subfolders; {dataset.spec!r} has {len(dataset.classes) or 'no'} classes"
        )
    return index[y == 0], index[y == 1]
