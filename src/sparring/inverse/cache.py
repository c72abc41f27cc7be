"""Finished batches of a search on disk, so that the same search goes on where it was stopped."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.engine.trained import fingerprint
from sparring.inverse.optimise import Field
from sparring.inverse.problem import Problem
from sparring.runs.files import read_npz, write_npz

LOG = logging.getLogger(__name__)

SEARCH = "search"
"""The folder of finished batches inside a job's own; it goes when the job is done."""

FORMAT = 1

EVERY = 2.0
"""Seconds of search between files, so that small batches do not wait for the disk; kill -9 loses as much."""

Part = dict[str, Tensor]
"""What was found for one batch, by name."""

SECONDS = "seconds"
"""The name of the time that a batch took, beside what was found."""


@final
class Store:
    """A folder of batches that are done, each under the digest of all that decides its result.

    Batches of another search are not used; they stay until the job is done.  A damaged file is passed over
    with a warning.  `what` says what is counted.
    """

    def __init__(self, folder: Path, what: str = "pictures") -> None:
        self._folder, self._what = folder, what
        self._there, self._next = _read(folder)
        self._told = not self._there
        self._waiting: dict[str, Part] = {}
        self._since = time.monotonic()

    def found(self, batches: Sequence[tuple[str, int]]) -> dict[str, Part]:
        """Those of the batches, each a name and a number of pictures, that are done.

        The first call says how many, or that what is there is of another search.
        """
        done = {name: self._there[name] for name, _ in batches if name in self._there}
        if not self._told and done:
            count = sum(many for name, many in batches if name in done)
            whole = sum(many for _, many in batches)
            LOG.info("going on: %d of %d %s are done", count, whole, self._what)
        elif not self._told:
            LOG.warning("%s: is of another search and not used; starting anew", self._folder)
        self._told = True
        return done

    def keep(self, name: str, part: Part) -> None:
        """Take a finished batch, to be written with the next file."""
        self._waiting[name] = part
        if time.monotonic() - self._since >= EVERY:
            self.write()

    def write(self) -> None:
        """Write what was taken since the last file."""
        if self._waiting:
            arrays = {
                f"{name}/{key}": tensor.cpu().numpy()
                for name, part in self._waiting.items()
                for key, tensor in part.items()
            }
            write_npz(self._folder / f"{self._next:06d}.npz", arrays)
            self._waiting, self._next = {}, self._next + 1
        self._since = time.monotonic()

    def remove(self) -> None:
        """Remove what a store writes, and the folder where nothing else is in it."""
        for path in [*self._folder.glob("*.npz"), *self._folder.glob(".*.npz.*.tmp")]:
            path.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()


def _read(folder: Path) -> tuple[dict[str, Part], int]:
    """All batches in a folder, by name, and the number of its next file."""
    found: dict[str, Part] = {}
    number = 0
    for path in sorted(folder.glob("*.npz")):
        number = max(number, int(path.stem) + 1) if path.stem.isdigit() else number
        try:
            tensors = {key: torch.from_numpy(array) for key, array in read_npz(path).items()}
        except (BadInput, TypeError):  # of numbers, but none that a tensor takes
            LOG.warning("%s: is damaged; its pictures are searched again", path)
            continue
        for key, tensor in tensors.items():
            name, _, field = key.partition("/")
            found.setdefault(name, {})[field] = tensor
    return found, number


def searched(
    whole: Problem,
    size: int,
    solved: Callable[[int, Problem], Part],
    kept: Store | None,
    names: Callable[[], list[str]],
) -> Iterator[tuple[Part, float]]:
    """The results of all batches of `size` in turn, and the seconds that an earlier call spent on each.

    `solved` finds the result of a batch from its number and its pictures; `names` are what batches are kept
    under.  Whatever ends the walk, what is done by then is kept.
    """
    batches = range(-(-len(whole) // size))
    if kept is None:
        yield from ((solved(number, whole.batch(number, size)), 0.0) for number in batches)
        return
    named = names()
    done = kept.found([(name, min(size, len(whole) - i * size)) for i, name in enumerate(named)])
    try:
        for number, name in enumerate(named):
            if name in done:
                yield done[name], float(done[name][SECONDS])
                continue
            began = time.perf_counter()
            part = solved(number, whole.batch(number, size))
            seconds = torch.tensor(time.perf_counter() - began, dtype=torch.float64)
            kept.keep(name, part | {SECONDS: seconds})
            yield part, 0.0
    finally:
        kept.write()


@torch.no_grad()
def names(field: Field, E: nn.Module | None, how: object, whole: Problem, size: int) -> list[str]:
    """Digests of all that decides the results of batches: nets, prior, `how` they are searched, themselves.

    `how` is told by its repr, nets by their weights, a damage by what it makes of a random picture.  The
    version of PyTorch and the number of threads count too: by them sums are rounded.
    """
    device = whole.y.device
    shape = field.G(field.latent.sample(1, torch.Generator().manual_seed(0)).to(device)).shape[1:]
    noise = 2 * torch.rand(1, *shape, generator=torch.Generator().manual_seed(0)).to(device) - 1
    weights = [None if net is None else fingerprint(net) for net in (field.G, field.D, E)]
    about = (FORMAT, torch.__version__, torch.get_num_threads(), str(device), weights, field.latent, how)
    task, found = hashlib.sha256(repr(about).encode()), []
    for number in range(-(-len(whole) // size)):
        given, digest = whole.batch(number, size), task.copy()
        for tensor in (given.y, given.missing, given.damage(noise.expand(size, *shape))):
            digest.update(repr(tuple(tensor.shape)).encode())
            digest.update(tensor.cpu().contiguous().numpy().tobytes())
        found.append(digest.hexdigest()[:32])
    return found
