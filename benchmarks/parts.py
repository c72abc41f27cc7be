"""What stands beside a step, each alone: feeding data, averaging weights, writing a checkpoint."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

from benchmarks import plain
from benchmarks.cases import BATCH, Case, cases
from benchmarks.steps import machine_for, seconds
from sparring.core.recipe import Average
from sparring.data.feed import Feed
from sparring.engine import checkpoints
from sparring.engine.averages import average_updater
from sparring.engine.machine import Machine

ROUNDS = 7


def measured() -> list[dict[str, object]]:
    """Ours against the plain way, interleaved; and of feeding, how much faster it is than a step needs."""
    by_name = {case.name: case for case in cases()}
    rows = [_feeding(by_name[f"dcgan {side}x{side}"]) for side in (16, 32, 64)]
    largest = by_name["dcgan 64x64"]
    return [*rows, _averaging(largest), _writing(largest)]


def _feeding(case: Case) -> dict[str, object]:
    """A batch on the device as floats, against a `DataLoader` and against the whole step."""
    feed = Feed(case.data, np.arange(len(case.data)), BATCH, seed=0, device="cpu")
    loader = plain.batches(case.pictures(), BATCH)
    machine = machine_for(case)
    _, step = case.engine(machine)
    with machine.activate():
        step()
        row = _compared(f"feeding, {case.name}", feed.draw, lambda: next(loader))
        taken = row["engine_seconds"]
        assert isinstance(taken, float)
        return {**row, "faster_than_the_step": round(seconds(step) / taken, 1)}


def _averaging(case: Case) -> dict[str, object]:
    game = case.game(Machine())
    mean, net = game.averages["G"], game.nets["G"]
    move = average_updater(mean, net, Average())

    @torch.no_grad()
    def by_hand() -> None:
        for m, n in zip(mean.parameters(), net.parameters(), strict=True):
            m.mul_(0.999).add_(n, alpha=0.001)
        for m, n in zip(mean.buffers(), net.buffers(), strict=True):
            m.copy_(n)

    return _compared(f"averaging, {case.name}", lambda: move(10_000), by_hand)


def _writing(case: Case) -> dict[str, object]:
    """A checkpoint with checksums, whole or not at all and synced to disk, against a bare `torch.save`."""
    game, once = case.engine(Machine())
    once()
    with tempfile.TemporaryDirectory() as folder:
        tensors = checkpoints.game_tensors(game)
        size = sum(t.numel() * t.element_size() for t in tensors.values())

        def ours() -> None:
            checkpoints.save(Path(folder) / "checkpoints", 1, checkpoints.game_tensors(game), {})

        row = _compared(
            f"checkpoint, {case.name}", ours, lambda: torch.save(tensors, Path(folder) / "plain.pt")
        )
    return {**row, "megabytes": round(size / 2**20, 1)}


def _compared(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> dict[str, object]:
    taken: dict[str, list[float]] = {"engine": [], "plain": []}
    for _ in range(ROUNDS):
        for key, once in (("engine", ours), ("plain", theirs)):
            taken[key].append(seconds(once, 0.3))
    ratio = median(p / e for p, e in zip(taken["plain"], taken["engine"], strict=True))
    return {
        "case": name,
        **{f"{key}_seconds": round(median(times), 7) for key, times in taken.items()},
        "ratio": round(ratio, 2),
    }
