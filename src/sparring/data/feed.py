"""An endless stream of batches that can be stopped and resumed at any position."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from sparring.core.errors import BadInput
from sparring.data.dataset import Dataset, Store
from sparring.data.pixels import to_float

StoredBatch = tuple[Tensor | str, Tensor | None]
"""A batch of stored data, or an error message, and its labels."""


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
    """The data as worker processes read them: one batch of pictures and labels per index."""

    x: Store
    y: np.ndarray | None

    def __getitem__(self, index: np.ndarray) -> StoredBatch:
        y = None if self.y is None else torch.from_numpy(self.y[index])
        try:
            return torch.from_numpy(self.x[index]), y
        except BadInput as error:  # raised in a worker, it would reach the user wrapped in a traceback
            return str(error), y


@dataclass(frozen=True)
class _InMemory:
    """A set in memory, on the device in its stored format."""

    x: Tensor
    y: Tensor | None

    def stream(self, order: _Order, used: int) -> Iterator[StoredBatch]:
        for batch in order.batches(used, self.x.device):
            y = None if self.y is None else self.y.index_select(0, batch)
            yield self.x.index_select(0, batch), y


@dataclass(frozen=True)
class _Loaded:
    """A set that worker processes decode in advance."""

    rows: _Rows
    device: torch.device
    workers: int

    def stream(self, order: _Order, used: int) -> Iterator[StoredBatch]:
        loader: DataLoader[StoredBatch] = DataLoader(
            self.rows,  # type: ignore[arg-type]  # the loader only calls `__getitem__`
            batch_size=None,  # the sampler's items are batches already
            sampler=_Sampler(order, used),  # without a length: it never ends
            num_workers=self.workers,
            pin_memory=self.device.type == "cuda",
            generator=torch.Generator(),  # otherwise it draws from the global generator
        )
        for x, y in loader:
            moved = x if isinstance(x, str) else x.to(self.device, non_blocking=True)
            yield moved, None if y is None else y.to(self.device, non_blocking=True)


def _in_memory(dataset: Dataset, x: np.ndarray, device: torch.device) -> _InMemory:
    own = torch.from_numpy(np.require(x, requirements=["C", "W"]))
    return _InMemory(own.to(device), None if dataset.y is None else torch.from_numpy(dataset.y).to(device))


class _Lane:
    """A stream of batches from one source in one order, with its position."""

    def __init__(self, source: _InMemory | _Loaded, index: np.ndarray, batch: int, seed: int) -> None:
        self._source, self._order = source, _Order(np.asarray(index, np.int64), batch, seed)
        self._used = 0
        self._stream: Iterator[StoredBatch] | None = None

    def draw(self) -> tuple[Tensor, Tensor | None]:
        """Return the next batch in its stored format."""
        if self._stream is None:
            self._stream = self._source.stream(self._order, self._used)
        x, y = next(self._stream)
        if isinstance(x, str):
            raise BadInput(x)
        self._used += self._order.batch
        return x, y

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


SECOND = "second "
"""Prefix of the keys of the second order's position, if there are two orders."""


class Feed:
    """Batches of the data `index` of a set, in a fresh order every epoch, without end.

    Batches may straddle epochs; every datum is used once per epoch.  A set in memory is kept on the device in
    its stored format; another is decoded in advance by `workers` processes (None: up to 4, one core left
    free; 0: none).

    In two cases there are two independent orders.  With `domains` 2 the two classes of the data are drawn
    separately, a whole batch of each.  If some data have no label (-1), half of each batch, rounded down, is
    labelled data with their labels, and the rest is any data without their labels.

    Raises `BadInput` for an empty `index`, a batch below 1 (2 if labels are missing), and for `domains` 2 if
    the data do not have two classes.
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
        domains: int = 1,
    ) -> None:
        if batch < 1:
            raise BadInput(f"a batch must hold at least 1 datum, not {batch}")
        if not len(index):
            raise BadInput(f"no data of {dataset.spec!r} are left to draw from")
        parts = _by_class(dataset, index, batch) if domains == 2 else _by_label(dataset, index, batch)
        if workers is None:
            workers = max(1, min(4, (os.cpu_count() or 1) - 1))
        target = torch.device(device)
        source: _InMemory | _Loaded = (
            _in_memory(dataset, dataset.x, target)
            if isinstance(dataset.x, np.ndarray)
            else _Loaded(_Rows(dataset.x, dataset.y), target, workers)
        )
        self._pictures, self._domains = dataset.pictures, domains
        self._lanes = [_Lane(source, mine, size, seed + i) for i, (mine, size) in enumerate(parts)]

    def draw(self) -> tuple[Tensor, Tensor | None]:
        """Return the next batch on the device, and its labels, int64 (n,), -1 for unknown, or None.

        Pictures are float32 (n, c, h, w) in [-1, 1], channels last in memory; points float32 (n, d);
        sequences int64 (n, length).  With two domains: data of the first class, data of the second.
        Raises `BadInput` if a picture file can no longer be read.
        """
        batches = [lane.draw() for lane in self._lanes]
        x = [to_float(x) if self._pictures else x for x, _ in batches]
        if len(batches) == 1:
            return x[0], batches[0][1]
        if self._domains == 2:
            return x[0], x[1]
        (_, known), (_, hidden) = batches
        assert known is not None
        assert hidden is not None
        return torch.cat(x), torch.cat([known, torch.full_like(hidden, -1)])

    def position(self) -> dict[str, int]:
        """Return where the next batch begins, for `go_to`.

        "epoch" counts from 0, "at" is the number of data used in this epoch, "of" the number of data in an
        epoch.  If there are two orders, "second epoch", "second at" and "second of" are those of the second.
        """
        first, *second = [lane.position() for lane in self._lanes]
        return first | {SECOND + key: value for place in second for key, value in place.items()}

    def go_to(self, position: Mapping[str, int]) -> None:
        """Continue from `position`, as `position()` returns it; raises `BadInput` if it is of other data."""
        second = {key[len(SECOND) :]: value for key, value in position.items() if key.startswith(SECOND)}
        first = {key: value for key, value in position.items() if not key.startswith(SECOND)}
        positions = [first, second] if second else [first]
        if len(positions) != len(self._lanes):
            raise BadInput(f"the position to resume from belongs to other data: {dict(position)}")
        for lane, lane_position in zip(self._lanes, positions, strict=True):
            lane.go_to(lane_position)


def _by_class(dataset: Dataset, index: np.ndarray, batch: int) -> list[tuple[np.ndarray, int]]:
    """Return the indices of each of the two classes, each with the whole batch size."""
    y = None if dataset.y is None else dataset.y[index]
    if y is None or len(dataset.classes) != 2 or len(np.unique(y)) != 2 or y.min() < 0:
        raise BadInput(
            "this recipe translates between two domains: give data with two classes, e.g. a folder with two "
            f"subfolders; {dataset.spec!r} has {len(dataset.classes) or 'no'} classes"
        )
    return [(index[y == label], batch) for label in (0, 1)]


def _by_label(dataset: Dataset, index: np.ndarray, batch: int) -> list[tuple[np.ndarray, int]]:
    """Return all indices; or, if some data have no label, the labelled ones and all, half a batch each."""
    known = np.ones(len(index), bool) if dataset.y is None else dataset.y[index] >= 0
    if known.all() or not known.any():
        return [(index, batch)]
    if batch < 2:
        raise BadInput("if some data have no label a batch must hold at least 2 data; give a larger batch")
    return [(index[known], batch // 2), (index, batch - batch // 2)]
