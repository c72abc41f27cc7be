"""The batches of a search, and their cache on disk, so that a stopped search resumes where it stopped."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.engine.trained import fingerprint
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.problem import Problem
from sparring.runs.files import read_npz, write_npz

LOG = logging.getLogger(__name__)

SEARCH = "search"
"""Name of the cache folder within a job's folder; it is removed when the job is done."""

FORMAT = 1

WRITE_INTERVAL = 2.0
"""Seconds of search between two files, so that small batches do not wait for the disk; kill -9 loses at most
this much work."""

BatchResult = dict[str, Tensor]
"""The result of one batch: tensors by name."""

SECONDS = "seconds"
"""The key under which a batch's result stores its time in seconds."""


@final
class BatchCache:
    """A folder of finished batches, each stored under a name: the digest of all that determines its result.

    The files of the folder are read at construction.  Batches of another search are ignored; they stay until
    `remove`.  A damaged file is skipped with a warning.  `unit` is the plural noun that log messages count.
    """

    def __init__(self, folder: Path, unit: str = "pictures") -> None:
        self._folder, self._unit = folder, unit
        self._stored, self._next = _read(folder)
        self._reported = not self._stored
        self._pending: dict[str, BatchResult] = {}
        self._last_write = time.monotonic()

    def found(self, batches: Sequence[tuple[str, int]]) -> dict[str, BatchResult]:
        """Return the results of those of `batches` that the folder had at construction, by name.

        `batches` are pairs (name, number of pictures).  The first call logs how many pictures are done, or
        warns that the folder belongs to another search if it has batches but none of these.
        """
        done = {name: self._stored[name] for name, _ in batches if name in self._stored}
        if not self._reported and done:
            count = sum(size for name, size in batches if name in done)
            total = sum(size for _, size in batches)
            LOG.info("resuming: %d of %d %s are done", count, total, self._unit)
        elif not self._reported:
            LOG.warning(
                "%s: belongs to another search and is not used; starting from the beginning", self._folder
            )
        self._reported = True
        return done

    def keep(self, name: str, part: BatchResult) -> None:
        """Add the result `part` of the finished batch `name`.

        All batches that wait are written to one file if `WRITE_INTERVAL` seconds have passed since the last
        file, otherwise later.
        """
        self._pending[name] = part
        if time.monotonic() - self._last_write >= WRITE_INTERVAL:
            self.write()

    def write(self) -> None:
        """Write the batches that were added since the last file to a new file; no file if there are none."""
        if self._pending:
            arrays = {
                f"{name}/{key}": tensor.cpu().numpy()
                for name, part in self._pending.items()
                for key, tensor in part.items()
            }
            write_npz(self._folder / f"{self._next:06d}.npz", arrays)
            self._pending, self._next = {}, self._next + 1
        self._last_write = time.monotonic()

    def remove(self) -> None:
        """Remove the files of the cache, and the folder if nothing else is in it."""
        for path in [*self._folder.glob("*.npz"), *self._folder.glob(".*.npz.*.tmp")]:
            path.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()


def _read(folder: Path) -> tuple[dict[str, BatchResult], int]:
    """Read all batches in a folder; return them by name, and the number of the next file."""
    batches: dict[str, BatchResult] = {}
    number = 0
    for path in sorted(folder.glob("*.npz")):
        number = max(number, int(path.stem) + 1) if path.stem.isdigit() else number
        try:
            tensors = {key: torch.from_numpy(array) for key, array in read_npz(path).items()}
        except (BadInput, TypeError):  # TypeError: a number type that tensors do not have
            LOG.warning("%s: is damaged; its pictures are searched again", path)
            continue
        for key, tensor in tensors.items():
            name, _, field = key.partition("/")
            batches.setdefault(name, {})[field] = tensor
    return batches, number


@dataclass(frozen=True)
class Batching:
    """How a search is carried out in batches, which changes its result only by rounding."""

    size: int | None = None
    """Number of pictures searched at once; None: that of `solver.batch_size`."""
    cache: BatchCache | None = None
    """Finished batches are read from it and new ones added to it."""
    progress: Callable[[int, int], None] | None = None
    """Called after every step with the number of steps done and of all."""

    def require_size(self) -> None:
        """Raise `BadInput` for a size under 1."""
        if self.size is not None and self.size < 1:
            raise BadInput(f"batch is {self.size}; it must be at least 1")

    def steps_of(self, number: int, steps: int, total: int) -> Callable[[int], None]:
        """Return the callback of batch `number`, from 0, to be called with the steps done in this batch.

        It calls `progress` with (`number` * `steps` + steps done, `total`), except at step 0 or if `progress`
        is None.  `steps` is the number of steps of one batch, `total` that of all batches.  All steps of the
        earlier batches count as done, even those that an early stop saved.
        """

        def done(step: int) -> None:
            if self.progress is not None and step:
                self.progress(number * steps + step, total)

        return done


DEFAULT_BATCHING = Batching()
"""Batches of the default size, without cache and progress."""


def solve_batches(
    model: FrozenModel,
    whole: Problem,
    how: object,
    steps: int,
    size: int,
    batching: Batching,
    solve: Callable[[Problem, Callable[[int], None]], BatchResult],
) -> Iterator[tuple[BatchResult, float]]:
    """Yield (result, seconds) of each batch of `size` pictures of `whole` in order.

    The result is read from `batching.cache` if it has the batch; seconds is then the time that an earlier
    call spent on it, otherwise 0.  `solve` computes the result of a batch from its pictures, and calls its
    second argument with the number of steps done, up to `steps`.  `how` are the settings that determine a
    result (`batch_digests`).  The last batch is filled with repeats of the last picture, and its result
    includes them.  Finished batches are written to the cache even if the loop is interrupted.
    """
    count = -(-len(whole) // size)

    def solved(number: int) -> BatchResult:
        return solve(whole.batch(number, size), batching.steps_of(number, steps, count * steps))

    cache = batching.cache
    if cache is None:
        yield from ((solved(number), 0.0) for number in range(count))
        return
    digests = batch_digests(model, how, whole, size)
    finished = cache.found([(name, min(size, len(whole) - i * size)) for i, name in enumerate(digests)])
    try:
        for number, name in enumerate(digests):
            if name in finished:
                yield finished[name], float(finished[name][SECONDS])
                continue
            began = time.perf_counter()
            part = solved(number)
            seconds = torch.tensor(time.perf_counter() - began, dtype=torch.float64)
            cache.keep(name, part | {SECONDS: seconds})
            yield part, 0.0
    finally:
        cache.write()


@torch.no_grad()
def batch_digests(model: FrozenModel, how: object, whole: Problem, size: int) -> list[str]:
    """Return one digest per batch of everything that determines its result: nets, prior, settings, pictures.

    A digest is 32 hexadecimal digits of SHA-256.  The settings `how` and the prior enter by their repr, nets
    by their weights, pictures by y and the mask, a damage by its output for one random picture.  The device,
    the version of PyTorch and the number of threads enter too, since they change rounding.
    """
    device = whole.y.device
    shape = model.G(model.latent.sample(1, torch.Generator().manual_seed(0)).to(device)).shape[1:]
    noise = 2 * torch.rand(1, *shape, generator=torch.Generator().manual_seed(0)).to(device) - 1
    weights = [None if net is None else fingerprint(net) for net in (model.G, model.D, model.E)]
    settings = (FORMAT, torch.__version__, torch.get_num_threads(), str(device), weights, model.latent, how)
    common, digests = hashlib.sha256(repr(settings).encode()), []
    for number in range(-(-len(whole) // size)):
        part, digest = whole.batch(number, size), common.copy()
        for tensor in (part.y, part.missing, part.damage(noise.expand(size, *shape))):
            digest.update(repr(tuple(tensor.shape)).encode())
            digest.update(tensor.cpu().contiguous().numpy().tobytes())
        digests.append(digest.hexdigest()[:32])
    return digests
