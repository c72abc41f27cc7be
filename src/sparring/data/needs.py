"""The fields of a data set that a recipe needs: found by name, or the second of two classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sparring.core.errors import BadInput
from sparring.core.kinds import Kind
from sparring.core.recipe import Need
from sparring.data.dataset import Column, Dataset


@dataclass(frozen=True)
class Supply:
    """What a data set has for a recipe's needs."""

    index: np.ndarray
    """The rows of x to draw from."""
    paired: dict[str, Column]
    """By role, the columns that belong to the rows of x."""
    unpaired: dict[str, tuple[Dataset, np.ndarray]]
    """By role, the data that are drawn independently, and their rows."""

    @property
    def kinds(self) -> dict[str, Kind]:
        """The kind of every needed field, by role."""
        own = {role: data.kind for role, (data, _) in self.unpaired.items()}
        return {**{role: column.kind for role, column in self.paired.items()}, **own}


def supply(dataset: Dataset, index: np.ndarray, needs: Sequence[Need]) -> Supply:
    """Return what `dataset` has for `needs`, for the rows `index`, integers, of x.

    A paired need is met by the column of its role; an unpaired one by the further data of its role, or, if
    there are none and the rows have two classes, by the rows of the second class, which then are no longer
    rows of x.  Raises `BadInput` if a need is not met, or by another kind.
    """
    columns = {need.role: _column(dataset, need) for need in needs if need.paired}
    unpaired: dict[str, tuple[Dataset, np.ndarray]] = {}
    for need in needs:
        if need.paired:
            continue
        if need.role in dataset.unpaired:
            other = dataset.unpaired[need.role]
            unpaired[need.role] = other, np.arange(len(other))
        else:
            index, second = _by_class(dataset, index)
            unpaired[need.role] = replace(dataset, y=None, classes=()), second
        _require_kind(dataset, need, unpaired[need.role][0].kind)
    return Supply(index, columns, unpaired)


def splits_classes(dataset: Dataset, needs: Sequence[Need]) -> bool:
    """Return whether the classes of `dataset` are the two sets of an unpaired need, and not labels."""
    return any(not need.paired and need.role not in dataset.unpaired for need in needs)


def _column(dataset: Dataset, need: Need) -> Column:
    if need.role not in dataset.columns:
        there = ", ".join(dataset.columns) or "none besides x and labels"
        raise BadInput(f"this recipe needs a column {need.role!r} of the data; {dataset.spec!r} has {there}")
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
