"""A round of the game on a GPU, against loops written by hand; and the search for z, against the CPU.

    python -m benchmarks.gpu [--seconds 150]

writes `benchmarks/results/gpu.json` row by row and stops by itself; what there was no time for is left out.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from benchmarks import plain
from benchmarks.__main__ import RESULTS, where
from benchmarks.cases import Case, Once, cases
from benchmarks.steps import machine_for, possible
from sparring import zoo
from sparring.core.latent import Normal
from sparring.core.pixels import to_float
from sparring.core.space import Space
from sparring.data.sources import dataset
from sparring.engine.machine import Machine
from sparring.inverse.masks import masks
from sparring.inverse.optimise import FrozenModel
from sparring.inverse.presets import preset
from sparring.inverse.solver import complete_pictures
from sparring.nets.families import dcgan

FILE = RESULTS / "gpu.json"
ROUNDS, SECONDS = 5, 0.25
"""Times that loops take turns, and how long each goes on."""

FIRST = ("dcgan 32x32", "dcgan 64x64", "gan, ring8")
LATER = ("r1_gan 64x64", "wgan_gp 32x32", "r3gan 32x32")
"""The games, in the order in which there may be no time left."""

COMPILED = (("gan, ring8", "dcgan 32x32"), ("dcgan 64x64", "r3gan 32x32"))
"""Those that are also compiled: after the first, after the later."""

PLAYING, COMPILING, SEARCHING = 15.0, 50.0, 40.0
"""Seconds that must be left for a game, for a game to be compiled with and without graphs, for a search."""

SEARCHES = (("default", 30, 64, 16), ("csgm", 500, 64, 3))
"""Presets with their steps, and the pictures that are completed on the GPU and on the CPU."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Loop:
    """A round, and the machine that is in force while it is played; none for one written by hand."""

    once: Once
    machine: Machine | None = None

    def play(self, count: int) -> None:
        """So many rounds, until the GPU has done them."""
        with nullcontext() if self.machine is None else self.machine.activate():
            for _ in range(count):
                self.once()
            torch.cuda.synchronize()

    def seconds(self) -> float:
        """The mean of a round."""
        with nullcontext() if self.machine is None else self.machine.activate():
            torch.cuda.synchronize()
            count, started = 0, time.perf_counter()
            while time.perf_counter() - started < SECONDS:
                self.once()
                count += 1
            torch.cuda.synchronize()
            return (time.perf_counter() - started) / count


Job = tuple[str, float, Callable[[], Iterator[Row]]]
"""What it is called, the seconds that must be left for it, and how it is done."""


def jobs() -> list[Job]:
    """All that is measured, what matters most first."""
    found = {case.name: case for case in cases()}
    found["r1_gan 64x64"] = Case(
        "r1_gan 64x64", zoo.get("r1_gan"), found["dcgan 64x64"].data, plain.regularised
    )
    done: list[Job] = []
    for names, search, twice in zip((FIRST, LATER), SEARCHES, COMPILED, strict=True):
        done += [(name, PLAYING, partial(rounds, found[name])) for name in names]
        done += [(search[0], SEARCHING, partial(searches, *search))]
        done += [(f"{name}, compiled", COMPILING, partial(compiled, found[name])) for name in twice]
    return done


def rounds(case: Case) -> Iterator[Row]:
    """A row for each order of turns: the engine as it chooses, and two loops written by hand."""
    machine = replace(machine_for(case), compile=False)
    orders = [order for order in ("own", "shared", "one_stage") if possible(case, order)]
    loops: dict[str, Loop] = {}
    memory = {}
    for order in orders:
        before = torch.cuda.memory_allocated()
        loops[order] = Loop(case.ordered(order).engine(machine)[1], machine)
        memory[order] = _peak(loops[order]) - before
    loops["free"] = Loop(case.engine(machine)[1])  # whatever algorithms are fastest, repeatable or not
    loops |= {"plain": Loop(case.by_hand_on_gpu(False)), "fast": Loop(case.by_hand_on_gpu(True))}
    taken = raced(loops)
    for order in orders:
        row = {"case": case.name, "order": order, "machine": vars(machine), "batch": case.batch}
        row |= _times("engine", taken[order]) | {"memory_mib": round(memory[order] / 2**20, 1)}
        row |= {"busy": busy(loops[order], median(taken[order]))}
        for name in set(loops) - set(orders):
            row |= _times(name, taken[name]) | {f"{name}_ratios": _ratios(taken[name], taken[order])}
        yield row


def compiled(case: Case) -> Iterator[Row]:
    """The same game eager, compiled, and replayed as graphs, with the seconds that compiling took."""
    machine = replace(machine_for(case), compile=False)
    ways = {"eager": machine, "compiled": replace(machine, compile=True)}
    ways["graphs"] = replace(ways["compiled"], graphs=True)
    loops, cost = {}, {}
    for name, way in ways.items():
        loops[name] = Loop(case.engine(way)[1], way)
        started = time.perf_counter()
        loops[name].play(9)  # graphs are recorded in the second and third round
        cost[name] = round(time.perf_counter() - started, 2)
    taken = raced(loops)
    row = {"case": case.name, "way": True, "machine": vars(machine), "first_rounds_seconds": cost}
    for name, loop in loops.items():
        row |= _times(name, taken[name]) | {f"{name}_busy": busy(loop, median(taken[name]))}
    yield row


def searches(name: str, steps: int, many: int, few: int) -> Iterator[Row]:
    """Seconds a picture of 64x64 on the GPU and on all cores, G and D untrained and 64 channels wide."""
    data, latent, search = dataset("shapes", size="64"), Normal(100), preset(name, steps=steps)
    space = Space(data.shape, latent.size)
    G, D = dcgan.Generator(64)(space), dcgan.Discriminator(64, norm=None)(space)
    x = to_float(torch.from_numpy(np.asarray(data.x[:many]))).contiguous()
    hole = torch.from_numpy(masks("centre", many, *x.shape[2:], 0))

    def took(machine: Machine, n: int) -> float:
        model = FrozenModel(G, D, latent)
        with machine.activate(G, D):
            complete_pictures(model, x[:n], hole[:n], replace(search, steps=2), seed=0)
            started = time.perf_counter()
            complete_pictures(model, x[:n], hole[:n], search, seed=0)
            return (time.perf_counter() - started) / n

    cores = torch.get_num_threads()
    row = {"search": name, "steps": steps, "restarts": search.restarts, "threads": cores}
    row |= {"pictures": {"cuda": many, "one": 1, "cpu": few}, "cuda_seconds": took(Machine("cuda"), many)}
    row |= {"cuda_seconds_alone": took(Machine("cuda"), 1), "cpu_seconds": took(Machine(threads=cores), few)}
    yield row


def raced(loops: Mapping[str, Loop]) -> dict[str, list[float]]:
    """Seconds a round of each loop, taken in turns."""
    for loop in loops.values():
        loop.play(9)
    taken: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, loop in loops.items():
            taken[name].append(loop.seconds())
    return taken


def busy(loop: Loop, round_seconds: float, count: int = 16) -> float | None:
    """The share of a round in which the GPU works, from its kernels' times; None where they cannot be had."""
    try:
        with profile(activities=[ProfilerActivity.CUDA]) as seen:
            loop.play(count)
        kernels = [e for e in seen.events() if e.device_type == DeviceType.CUDA]
        spent = [e.time_range.elapsed_us() for e in kernels if not e.name.startswith("Optimizer.")]
    except (AttributeError, RuntimeError) as error:
        print(f"no profile: {error}", file=sys.stderr)
        return None
    return round(sum(spent) / 1e6 / count / round_seconds, 3) if spent else None


def _peak(loop: Loop) -> int:
    torch.cuda.reset_peak_memory_stats()
    loop.play(9)
    return torch.cuda.max_memory_allocated()


def _times(name: str, taken: list[float]) -> Row:
    return {
        f"{name}_seconds": round(median(taken), 7),
        f"{name}_spread": [round(s, 7) for s in sorted(taken)],
    }


def _ratios(slow: list[float], fast: list[float]) -> list[float]:
    return sorted(round(a / b, 2) for a, b in zip(slow, fast, strict=True))


def _kept(out: Path, card: object) -> list[Row]:
    """The rows of a file that were measured on such a card."""
    there = json.loads(out.read_text()) if out.is_file() else {}
    return list(there["rows"]) if there.get("card") == card else []


def _job(row: Row) -> str:
    """The job that a row is of."""
    return f"{row['case']}, compiled" if "way" in row else str(row.get("case") or row["search"])


def main() -> int:
    """Measure until the time is up, and go on where that was before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    if not torch.cuda.is_available():
        print("no CUDA device is to be seen", file=sys.stderr)
        return 2
    ends = time.perf_counter() + given.seconds
    here = {**where(), "card": torch.cuda.get_device_name()}
    rows = _kept(given.out, here["card"])
    done = {_job(row) for row in rows}
    given.out.parent.mkdir(exist_ok=True)
    for name, need, job in jobs():
        if name in done:
            continue
        if time.perf_counter() + need > ends:
            print(f"no time for {name}", file=sys.stderr)
            continue
        try:
            for row in job():
                rows.append(row)
                print(json.dumps(row), flush=True)
                given.out.write_text(json.dumps({**here, "rows": rows}, indent=2) + "\n")
        except Exception:  # of a compiler that is not there, say: the others can still be had
            print(f"{name}: {traceback.format_exc()}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
