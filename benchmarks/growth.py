"""How near a round comes to its convolutions alone, and how its cost grows with batch, size and channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks import plain
from benchmarks.cases import Case
from benchmarks.convolutions import calls, fastest
from benchmarks.steps import machine_for, quickest
from sparring import zoo
from sparring.data.sources import dataset
from sparring.nets.families import dcgan

ROUNDS = 3


def measured() -> list[dict[str, object]]:
    """The share of the convolutions at three sizes; then times of many rounds, and their line a work + b."""
    return [*(_share(side) for side in (16, 32, 64)), *_growth()]


def case(side: int, width: int = 64, batch: int = 64) -> Case:
    """DCGAN at a size, channels next to the picture, and batch."""
    nets = {"G": dcgan.Generator(width), "D": dcgan.Discriminator(width)}
    recipe, data = replace(zoo.get("dcgan"), nets=nets), dataset("shapes", size=str(side))
    return Case(f"dcgan {side}x{side}, {width} channels, batch {batch}", recipe, data, plain.original, batch)


def _share(side: int) -> dict[str, object]:
    """Rounds and bare products take turns; the share is that of the fastest of each."""
    game_case = case(side)
    machine = machine_for(game_case)
    game, once = game_case.engine(machine)
    with machine.activate():
        once()
        found = calls(game, once)
        took, alone = float("inf"), dict.fromkeys(found, float("inf"))
        for _ in range(ROUNDS):
            took = min(took, quickest(once))
            alone = {call: min(alone[call], seconds) for call, seconds in fastest(found).items()}
    return {
        "case": game_case.name,
        "machine": vars(machine),
        "round_seconds": round(took, 5),
        "products_seconds": round(sum(alone.values()), 5),
        "share": round(sum(alone.values()) / took, 3),
    }


def _settings() -> Iterator[Case]:
    for batch in (16, 32, 64, 128):
        yield case(32, batch=batch)
    for side in (16, 64):
        yield case(side)
    for width in (16, 32, 128):
        yield case(32, width)


def _growth() -> list[dict[str, object]]:
    """All at the settings that suit the middle one; least squares on relative errors."""
    machine = machine_for(case(32))
    names, works, times = [], [], []
    for setting in _settings():
        game, once = setting.engine(machine)
        with machine.activate():
            once()
            works.append(sum(call.work * number for call, number in calls(game, once).items()))
            times.append(min(quickest(once, 1.0) for _ in range(3)))
        names.append(setting.name)
    work, taken = np.array(works, float), np.array(times)
    (a, b), *_ = np.linalg.lstsq(np.stack([work / taken, 1 / taken], 1), np.ones(len(names)), rcond=None)
    rows: list[dict[str, object]] = [
        {"case": name, "work": done, "seconds": round(seconds, 5), "line": round(a * done + b, 5)}
        for name, done, seconds in zip(names, works, times, strict=True)
    ]
    line = {"case": "line", "gigaproducts_per_second": round(1e-9 / a, 1), "constant_seconds": round(b, 5)}
    return [*rows, {**line, "machine": vars(machine)}]
