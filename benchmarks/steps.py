"""A round of DCGAN: the engine against a plain float32 loop on the same nets, data and batch, interleaved."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from sparring import zoo
from sparring.core.batch import Batch
from sparring.core.run import Run
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.engine.machine import Machine
from sparring.engine.machine import measured as chosen

BATCH = 64
ROUNDS = 5
SECONDS = 2.0


def measured() -> list[dict[str, object]]:
    """One row a size: seconds a round of each loop, and their ratio."""
    return [_row(side) for side in (16, 32, 64)]


def _row(side: int) -> dict[str, object]:
    recipe, space = zoo.get("dcgan"), Space((3, side, side), 100)
    data = torch.rand(16 * BATCH, 3, side, side) * 2 - 1
    machine, _ = chosen(
        Run(data="", out=Path()), recipe, True, lambda m: _ours(Game(recipe, space, machine=m), data)
    )
    loops = {
        "engine": _ours(Game(recipe, space, machine=machine), data),
        "plain": _plain(recipe, space, data),
    }
    threads = {"engine": machine.threads, "plain": torch.get_num_threads()}
    taken: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, once in loops.items():
            with Machine(threads=threads[name]).in_force():
                taken[name].append(_seconds(once))
    middle = {name: median(times) for name, times in taken.items()}
    return {
        "case": f"dcgan {side}x{side}",
        "machine": vars(machine),
        "plain_threads": threads["plain"],
        **{f"{name}_seconds": round(value, 5) for name, value in middle.items()},
        "ratio": round(middle["plain"] / middle["engine"], 2),
        "ratios": [round(p / e, 2) for p, e in zip(taken["plain"], taken["engine"], strict=True)],
    }


def _seconds(once: Callable[[], None]) -> float:
    once()
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        once()
        count += 1
    return (time.perf_counter() - started) / count


def _ours(game: Game, data: torch.Tensor) -> Callable[[], None]:
    noise = torch.Generator().manual_seed(0)
    layout = torch.channels_last if game.machine.channels_last else torch.contiguous_format

    def draw() -> Batch:
        x = data[torch.randint(len(data), (BATCH,), generator=noise)].contiguous(memory_format=layout)
        u = torch.rand(BATCH, 1, 1, 1, generator=noise)
        return Batch(x=x, z=game.recipe.latent.sample(BATCH, noise), u=u)

    return lambda: game.round(draw)


def _plain(recipe: object, space: Space, data: torch.Tensor) -> Callable[[], None]:
    """What one writes by hand: two optimisers, one batch a round, fakes detached for D."""
    nets: dict[str, nn.Module] = {key: build(space).train() for key, build in recipe.nets.items()}  # type: ignore[attr-defined]
    optimisers = {key: torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for key, net in nets.items()}
    ones, zeros = torch.ones(BATCH), torch.zeros(BATCH)

    def once() -> None:
        x = data[torch.randint(len(data), (BATCH,))]
        fake = nets["G"](torch.rand(BATCH, space.latent) * 2 - 1)
        optimisers["D"].zero_grad()
        binary_cross_entropy_with_logits(nets["D"](x), ones).backward()
        binary_cross_entropy_with_logits(nets["D"](fake.detach()), zeros).backward()
        optimisers["D"].step()
        optimisers["G"].zero_grad()
        binary_cross_entropy_with_logits(nets["D"](fake), ones).backward()
        optimisers["G"].step()

    return once
