"""A round of a game: the engine against a plain loop on the same nets, data and batch, interleaved."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch

from benchmarks.cases import Case, cases
from sparring.core.run import Run
from sparring.engine.machine import Machine
from sparring.engine.machine import measured as chosen

ROUNDS = 7
SECONDS = 2.0


def measured() -> list[dict[str, object]]:
    """One row a case: seconds a round of each loop, and their ratio."""
    return [_row(case) for case in cases()]


def machine_for(case: Case) -> Machine:
    """The settings that the engine would measure for a run of this game."""
    found, _ = chosen(
        Run(data="", out=Path()), case.recipe, case.data.pictures, lambda machine: case.engine(machine)[1]
    )
    return found


def _row(case: Case) -> dict[str, object]:
    machine = machine_for(case)
    loops = {"engine": case.engine(machine)[1], "plain": case.by_hand()[1]}
    threads = {"engine": machine.threads, "plain": torch.get_num_threads()}
    for name, once in loops.items():
        with Machine(threads=threads[name]).in_force():
            once()
    taken: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, once in loops.items():
            with Machine(threads=threads[name]).in_force():
                taken[name].append(seconds(once))
    middle = {name: median(times) for name, times in taken.items()}
    ratios = [p / e for p, e in zip(taken["plain"], taken["engine"], strict=True)]
    return {
        "case": case.name,
        "machine": vars(machine),
        "plain_threads": threads["plain"],
        **{f"{name}_seconds": round(value, 6) for name, value in middle.items()},
        "ratio": round(median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in sorted(ratios)],
    }


def seconds(once: Callable[[], None], at_least: float = SECONDS) -> float:
    """Mean seconds of one round."""
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < at_least:
        once()
        count += 1
    return (time.perf_counter() - started) / count
