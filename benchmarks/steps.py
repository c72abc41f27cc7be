"""A round of a game: the engine against a plain loop on the same nets, data and batch, interleaved."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import torch

from benchmarks.cases import Case, cases
from sparring.core.errors import BadInput
from sparring.core.run import Run
from sparring.engine.machine import Machine
from sparring.engine.machine import fastest_machine as chosen
from sparring.practice.order import require_independent_samples

ORDERS = ("own", "shared", "joint", "one_stage")
ROUNDS = 7
SECONDS = 1.0


def measured() -> list[dict[str, object]]:
    """One row a case and order of turns: seconds a round of engine and plain loop, and their ratio."""
    return [row for case in cases() for row in _rows(case)]


def machine_for(case: Case) -> Machine:
    """The settings that the engine would measure for a run of this game."""
    found, _ = chosen(
        Run(data="", out=Path(), compile="off"),
        case.recipe,
        case.data.pictures,
        lambda machine: case.engine(machine)[1],
    )
    return found


def _rows(case: Case) -> list[dict[str, object]]:
    machine, by_hand = machine_for(case), Machine(threads=torch.get_num_threads())
    orders = [other for other in ORDERS if possible(case, other)]
    loops = {"plain": (by_hand, case.by_hand()[1])}
    for order in orders:
        loops[order] = (machine, case.ordered(order).engine(machine)[1])
    for how, once in loops.values():
        with how.activate():
            once()
    taken: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, (how, once) in loops.items():
            with how.activate():
                taken[name].append(seconds(once))
    return [_row(case, order, machine, by_hand, taken) for order in orders]


def _row(
    case: Case, order: str, machine: Machine, by_hand: Machine, taken: Mapping[str, list[float]]
) -> dict[str, object]:
    ratios = [p / e for p, e in zip(taken["plain"], taken[order], strict=True)]
    return {
        "case": case.name,
        "order": order,
        "machine": vars(machine),
        "plain_threads": by_hand.threads,
        "engine_seconds": round(median(taken[order]), 6),
        "plain_seconds": round(median(taken["plain"]), 6),
        "ratio": round(median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in sorted(ratios)],
    }


def possible(case: Case, order: str) -> bool:
    """Whether this game can be played in that order."""
    try:
        require_independent_samples(case.ordered(order).recipe, case.space)
    except BadInput:
        return False
    return True


def quickest(once: Callable[[], object], at_least: float = SECONDS) -> float:
    """Seconds of the fastest of the rounds that go into `at_least` seconds: what an undisturbed one takes."""
    found, ends = float("inf"), time.perf_counter() + at_least
    while time.perf_counter() < ends:
        started = time.perf_counter()
        once()
        found = min(found, time.perf_counter() - started)
    return found


def seconds(once: Callable[[], object], at_least: float = SECONDS) -> float:
    """Mean seconds of one round."""
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < at_least:
        once()
        count += 1
    return (time.perf_counter() - started) / count
