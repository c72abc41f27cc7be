"""An endless stream of batches that can be left and taken up again at any place."""

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
from sparring.data.pixels import scaled

Drawn = tuple[Tensor | str, Tensor | None]
"""Stored data, or why they cannot be read, and labels."""


@dataclass(frozen=True)
class _Order:
    """In which order data are used: each epoch a permutation that `seed` and the epoch alone determine."""

    index: np.ndarray
    batch: int
    seed: int

    def batches(self, used: int, device: torch.device) -> Iterator[Tensor]:
        """The batches of indices, int64, after `used` data have been, without end."""
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
    """The order from a place on, as a loader asks for it."""

    order: _Order
    used: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return (batch.numpy() for batch in self.order.batches(self.used, torch.device("cpu")))


@dataclass(frozen=True)
class _Rows:
    """What worker processes read: one batch of pictures and labels."""

    x: Store
    y: np.ndarray | None

    def __getitem__(self, index: np.ndarray) -> Drawn:
        y = None if self.y is None else torch.from_numpy(self.y[index])
        try:
            return torch.from_numpy(self.x[index]), y
        except BadInput as error:  # let through, it would reach the user wrapped in a traceback
            return str(error), y


@dataclass(frozen=True)
class _Held:
    """A set in memory, kept on the device as it is stored."""

    x: Tensor
    y: Tensor | None

    def stream(self, order: _Order, used: int) -> Iterator[Drawn]:
        for batch in order.batches(used, self.x.device):
            y = None if self.y is None else self.y.index_select(0, batch)
            yield self.x.index_select(0, batch), y


@dataclass(frozen=True)
class _Loaded:
    """A set that worker processes decode ahead."""

    rows: _Rows
    device: torch.device
    workers: int

    def stream(self, order: _Order, used: int) -> Iterator[Drawn]:
        loader: DataLoader[Drawn] = DataLoader(
            self.rows,  # type: ignore[arg-type]  # all that a loader needs of a set is `[]`
            batch_size=None,  # the sampler's items are batches already
            sampler=_Sampler(order, used),  # without a length: it never ends
            num_workers=self.workers,
            pin_memory=self.device.type == "cuda",
            generator=torch.Generator(),  # otherwise it draws from the global one
        )
        for x, y in loader:
            moved = x if isinstance(x, str) else x.to(self.device, non_blocking=True)
            yield moved, None if y is None else y.to(self.device, non_blocking=True)


def _held(dataset: Dataset, x: np.ndarray, device: torch.device) -> _Held:
    own = torch.from_numpy(np.require(x, requirements=["C", "W"]))
    return _Held(own.to(device), None if dataset.y is None else torch.from_numpy(dataset.y).to(device))


class _Lane:
    """One order's way through a source."""

    def __init__(self, source: _Held | _Loaded, index: np.ndarray, batch: int, seed: int) -> None:
        self._source, self._order = source, _Order(np.asarray(index, np.int64), batch, seed)
        self._used = 0
        self._stream: Iterator[Drawn] | None = None

    def draw(self) -> tuple[Tensor, Tensor | None]:
        """The next batch as it is stored."""
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
        there = len(self._order.index)
        if position.keys() != {"epoch", "at", "of"} or position["of"] != there:
            raise BadInput(
                f"the place to go on from is of other data: {dict(position)}, but there are {there}"
            )
        if position["epoch"] < 0 or not 0 <= position["at"] < there:
            raise BadInput(f"there is no such place in {there} data: {dict(position)}")
        self._used = position["epoch"] * there + position["at"]
        self._stream = None


SECOND = "second "
"""What stands before the parts of the second order's place, where there are two orders."""


class Feed:
    """Batches of the data `index` of a set, in a fresh order every epoch, without end.

    Batches may straddle epochs; every datum is used once in each.  A set in memory is kept on the device as
    it is stored and picked from there; another is decoded ahead by `workers` processes (None: up to 4, one
    core left free; 0: none).

    In two cases two orders run side by side and know nothing of one another.  With `domains` 2 the data's two
    classes are drawn apart, a whole batch of each.  Where some data have no label (-1), half of each batch,
    rounded down, are labelled data with their labels, and the rest any data without.

    `BadInput` for an empty `index`, a batch below 1 (2 where labels are missing), or `domains` 2 and data
    that have not two classes.
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
        where = torch.device(device)
        source: _Held | _Loaded = (
            _held(dataset, dataset.x, where)
            if isinstance(dataset.x, np.ndarray)
            else _Loaded(_Rows(dataset.x, dataset.y), where, workers)
        )
        self._pictures, self._domains = dataset.pictures, domains
        self._lanes = [_Lane(source, mine, size, seed + i) for i, (mine, size) in enumerate(parts)]

    def draw(self) -> tuple[Tensor, Tensor | None]:
        """The next batch on the device, and its labels, int64 (n,), where there are any, -1 for unknown.

        Pictures are float32 (n, c, h, w) in [-1, 1], channels last in memory; points float32 (n, d);
        sequences int64 (n, length).  With two domains: data of the first class, data of the second.
        `BadInput` if a picture file can no longer be read.
        """
        drawn = [lane.draw() for lane in self._lanes]
        x = [scaled(x) if self._pictures else x for x, _ in drawn]
        if len(drawn) == 1:
            return x[0], drawn[0][1]
        if self._domains == 2:
            return x[0], x[1]
        (_, known), (_, hidden) = drawn
        assert known is not None
        assert hidden is not None
        return torch.cat(x), torch.cat([known, torch.full_like(hidden, -1)])

    def position(self) -> dict[str, int]:
        """Where the next batch begins: the epoch, and how many of its data (of how many) have been used."""
        first, *second = [lane.position() for lane in self._lanes]
        return first | {SECOND + key: value for place in second for key, value in place.items()}

    def go_to(self, position: Mapping[str, int]) -> None:
        """Go on from a `position`, as if all before it had been drawn; `BadInput` if it is of other data."""
        second = {key[len(SECOND) :]: value for key, value in position.items() if key.startswith(SECOND)}
        first = {key: value for key, value in position.items() if not key.startswith(SECOND)}
        places = [first, second] if second else [first]
        if len(places) != len(self._lanes):
            raise BadInput(f"the place to go on from is of other data: {dict(position)}")
        for lane, place in zip(self._lanes, places, strict=True):
            lane.go_to(place)


def _by_class(dataset: Dataset, index: np.ndarray, batch: int) -> list[tuple[np.ndarray, int]]:
    """The indices of either class, each with a whole batch."""
    y = None if dataset.y is None else dataset.y[index]
    if y is None or len(dataset.classes) != 2 or len(np.unique(y)) != 2 or y.min() < 0:
        raise BadInput(
            "this recipe translates between two domains: give data with two classes, e.g. a folder with two "
            f"subfolders; {dataset.spec!r} has {len(dataset.classes) or 'no'} classes"
        )
    return [(index[y == label], batch) for label in (0, 1)]


def _by_label(dataset: Dataset, index: np.ndarray, batch: int) -> list[tuple[np.ndarray, int]]:
    """All indices; or, where some data have no label, those that have one and then all, half a batch each."""
    known = np.ones(len(index), bool) if dataset.y is None else dataset.y[index] >= 0
    if known.all() or not known.any():
        return [(index, batch)]
    if batch < 2:
        raise BadInput("where some data have no label a batch must hold at least 2 data, one of each kind")
    return [(index[known], batch // 2), (index, batch - batch // 2)]
