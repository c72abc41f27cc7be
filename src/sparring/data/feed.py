"""An endless stream of batches that can be stopped and resumed at any position."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from sparring.core.errors import BadInput
from sparring.core.recipe import Need
from sparring.data.dataset import Dataset, Store
from sparring.data.needs import splits_classes, supply

StoredBatch = dict[str, Tensor]
"""A batch of stored data, by field."""

X, Y = "x", "y"
"""Keys of the data and of their labels among the fields."""


class Drawn(NamedTuple):
    """A batch on the device."""

    x: Tensor
    """Pictures are float32 (n, c, h, w) in [-1, 1], channels last in memory; points float32 (n, d); sequences
    int64 (n, length)."""
    y: Tensor | None
    """Labels, int64 (n,), -1 for unknown; None if the data have none."""
    columns: dict[str, Tensor]
    """The fields that the recipe needs, by role, as their kinds say."""


@dataclass(frozen=True)
class _Order:
    """The order of the data: one permutation per epoch, determined by `seed` and the epoch."""

    index: np.ndarray
    batch: int
    seed: int

    def batches(self, used: int, device: torch.device) -> Iterator[Tensor]:
        """Yield batches of indices, int64, without end, starting after `used` data."""
        epoch, at = divmod(used, len(self.index))
        rest = self._permuted(epoch, device)[at:]
        while True:
            while len(rest) < self.batch:
                epoch += 1
                rest = torch.cat([rest, self._permuted(epoch, device)])
            yield rest[: self.batch]
            rest = rest[self.batch :]

    def _permuted(self, epoch: int, device: torch.device) -> Tensor:
        draw = np.random.default_rng([self.seed % 2**64, epoch])
        return torch.from_numpy(draw.permutation(self.index)).to(device)


@dataclass(frozen=True)
class _Sampler:
    """The order from a position on, as a sampler for `DataLoader`."""

    order: _Order
    used: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return (batch.numpy() for batch in self.order.batches(self.used, torch.device("cpu")))


@dataclass(frozen=True)
class _Rows:
    """The data as worker processes read them: one batch of each field per index."""

    stores: Mapping[str, Store]

    def __getitem__(self, index: np.ndarray) -> StoredBatch | str:
        try:
            return {name: torch.from_numpy(store[index]) for name, store in self.stores.items()}
        except BadInput as error:  # raised in a worker, it would reach the user wrapped in a traceback
            return str(error)


@dataclass(frozen=True)
class _InMemory:
    """A set in memory, on the device in its stored format."""

    fields: Mapping[str, Tensor]

    def stream(self, order: _Order, used: int) -> Iterator[StoredBatch | str]:
        for batch in order.batches(used, self.fields[X].device):
            yield {name: values.index_select(0, batch) for name, values in self.fields.items()}


@dataclass(frozen=True)
class _Loaded:
    """A set that worker processes decode in advance."""

    rows: _Rows
    device: torch.device
    workers: int

    def stream(self, order: _Order, used: int) -> Iterator[StoredBatch | str]:
        loader: DataLoader[StoredBatch | str] = DataLoader(
            self.rows,  # type: ignore[arg-type]  # the loader only calls `__getitem__`
            batch_size=None,  # the sampler's items are batches already
            sampler=_Sampler(order, used),  # without a length: it never ends
            num_workers=self.workers,
            pin_memory=self.device.type == "cuda",
            generator=torch.Generator(),  # otherwise it draws from the global generator
        )
        for batch in loader:
            yield batch if isinstance(batch, str) else self._moved(batch)

    def _moved(self, batch: StoredBatch) -> StoredBatch:
        return {name: values.to(self.device, non_blocking=True) for name, values in batch.items()}


def _source(stores: Mapping[str, Store], device: torch.device, workers: int) -> _InMemory | _Loaded:
    arrays = {name: store for name, store in stores.items() if isinstance(store, np.ndarray)}
    if len(arrays) < len(stores):
        return _Loaded(_Rows(stores), device, workers)
    own = {name: torch.from_numpy(np.require(x, requirements=["C", "W"])) for name, x in arrays.items()}
    return _InMemory({name: values.to(device) for name, values in own.items()})


class _Lane:
    """A stream of batches from one source in one order, with its position."""

    def __init__(self, source: _InMemory | _Loaded, index: np.ndarray, batch: int, seed: int) -> None:
        self._source, self._order = source, _Order(np.asarray(index, np.int64), batch, seed)
        self._used = 0
        self._stream: Iterator[StoredBatch | str] | None = None

    def draw(self) -> StoredBatch:
        """Return the next batch in its stored format."""
        if self._stream is None:
            self._stream = self._source.stream(self._order, self._used)
        batch = next(self._stream)
        if isinstance(batch, str):
            raise BadInput(batch)
        self._used += self._order.batch
        return batch

    def position(self) -> dict[str, int]:
        epoch, at = divmod(self._used, len(self._order.index))
        return {"epoch": epoch, "at": at, "of": len(self._order.index)}

    def go_to(self, position: Mapping[str, int]) -> None:
        count = len(self._order.index)
        if position.keys() != {"epoch", "at", "of"} or position["of"] != count:
            raise BadInput(
                f"the position to resume from belongs to other data: {dict(position)}, but there are {count}"
            )
        if position["epoch"] < 0 or not 0 <= position["at"] < count:
            raise BadInput(f"there is no such position in {count} data: {dict(position)}")
        self._used = position["epoch"] * count + position["at"]
        self._stream = None


SECOND = "second"
"""Prefix of the position of the second lane of x, if some data have no label."""


class Feed:
    """Batches of the data `index` of a set, in a fresh order every epoch, without end.

    Batches may straddle epochs; every datum is used once per epoch.  A set in memory is kept on the device in
    its stored format; another is decoded in advance by `workers` processes (None: up to 4, one core left
    free; 0: none).

    There is one lane, an order of its own, for x, its labels and the columns that `needs` asks for, row by
    row; and one for each unpaired need (`needs.supply`).  If some data have no label (-1), x has two lanes:
    half of each batch, rounded down, is labelled data with their labels, and the rest is any data without
    their labels.  `kind` is that of x, `kinds` those of the needed fields by role.

    Raises `BadInput` for an empty `index`, a batch below 1 (2 if labels are missing), and if the data lack
    what is needed.
    """

    def __init__(
        self,
        dataset: Dataset,
        index: np.ndarray,
        batch: int,
        *,
        seed: int,
        device: torch.device | str,
        workers: int | None = 0,
        needs: Sequence[Need] = (),
    ) -> None:
        if batch < 1:
            raise BadInput(f"a batch must hold at least 1 datum, not {batch}")
        if not len(index):
            raise BadInput(f"no data of {dataset.spec!r} are left to draw from")
        if workers is None:
            workers = max(1, min(4, (os.cpu_count() or 1) - 1))
        target, stock = torch.device(device), supply(dataset, index, needs)
        labels = None if splits_classes(dataset, needs) else dataset.y
        stores = {X: dataset.x, **{role: column.values for role, column in stock.paired.items()}}
        source = _source(stores if labels is None else {**stores, Y: labels}, target, workers)
        self.kinds, self.kind = stock.kinds, dataset.kind
        parts = _by_label(labels, stock.index, batch)
        names = ["", SECOND][: len(parts)]
        self._lanes = {
            name: _Lane(source, rows, size, seed + i)
            for i, (name, (rows, size)) in enumerate(zip(names, parts, strict=True))
        }
        for role, rows in stock.unpaired.items():
            self._lanes[role] = _Lane(source, rows, batch, seed + len(self._lanes))
        self._unpaired = tuple(stock.unpaired)

    def draw(self) -> Drawn:
        """Return the next batch on the device; raise `BadInput` if a file can no longer be read."""
        batches = {name: lane.draw() for name, lane in self._lanes.items()}
        columns = {role: self.kinds[role].to_nets(batches.pop(role)[X]) for role in self._unpaired}
        first, *hidden = batches.values()
        x, *others = ({X: self.kind.to_nets(batch[X]), **self._paired(batch)} for batch in (first, *hidden))
        y = first.get(Y)
        if others:
            x = {name: torch.cat([values, others[0][name]]) for name, values in x.items()}
            y = torch.cat([first[Y], torch.full_like(hidden[0][Y], -1)])
        return Drawn(x.pop(X), y, {**x, **columns})

    def _paired(self, batch: StoredBatch) -> dict[str, Tensor]:
        """Return the columns of a batch of x, by role, as nets see them."""
        return {role: kind.to_nets(batch[role]) for role, kind in self.kinds.items() if role in batch}

    def position(self) -> dict[str, int]:
        """Return where the next batch begins, for `go_to`.

        "epoch" counts from 0, "at" is the number of data used in this epoch, "of" the number of data in an
        epoch.  Further lanes have the same three, after their name and a space: "second" for the lane without
        labels, or the role of an unpaired need.
        """
        places = ((name, lane.position()) for name, lane in self._lanes.items())
        return {f"{name} {key}".strip(): value for name, place in places for key, value in place.items()}

    def go_to(self, position: Mapping[str, int]) -> None:
        """Continue from `position`, as `position()` returns it; raises `BadInput` if it is of other data."""
        parts: dict[str, dict[str, int]] = {}
        for key, value in position.items():
            name, _, last = key.rpartition(" ")
            parts.setdefault(name, {})[last] = value
        if parts.keys() != self._lanes.keys():
            raise BadInput(f"the position to resume from belongs to other data: {dict(position)}")
        for name, lane in self._lanes.items():
            lane.go_to(parts[name])


def _by_label(y: np.ndarray | None, index: np.ndarray, batch: int) -> list[tuple[np.ndarray, int]]:
    """Return all indices; or, if some data have no label, the labelled ones and all, half a batch each."""
    known = np.ones(len(index), bool) if y is None else y[index] >= 0
    if known.all() or not known.any():
        return [(index, batch)]
    if batch < 2:
        raise BadInput("if some data have no label a batch must hold at least 2 data; give a larger batch")
    return [(index[known], batch // 2), (index, batch - batch // 2)]
