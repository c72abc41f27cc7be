"""How to compute: device, precision, layout, threads, compilation; chosen by measurement where left open."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Recipe
from sparring.core.run import Run

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Machine:
    """One way to compute a step; nothing left open."""

    device: str = "cpu"
    bf16: bool = False
    channels_last: bool = False
    compile: bool = False
    threads: int = 1
    columns: bool = False
    """Slopes of convolutions' weights by columns where maps are small (`engine.columns`)."""
    graphs: bool = False
    """What is compiled for a GPU is replayed as CUDA graphs, so that it waits for no launch."""

    def autocast(self) -> AbstractContextManager[object]:
        """Convolutions and products in bfloat16 where this machine is set so; weights stay float32."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16)

    @contextmanager
    def in_force(self, *nets: nn.Module | None) -> Iterator[None]:
        """Inside, this number of threads, on a GPU what is repeatable, and `nets` on this device.

        Threads and algorithms are the caller's outside, and nets are back where they were.
        """
        before = torch.get_num_threads()
        with ExitStack() as stack:
            stack.callback(torch.set_num_threads, before)
            torch.set_num_threads(self.threads)
            if self.device == "cuda":
                stack.enter_context(_repeatable())
            for net in nets:
                if net is not None:
                    stack.enter_context(_moved(net, self.device))
            yield


@contextmanager
def _repeatable() -> Iterator[None]:
    """Algorithms on a GPU that give the same bits again, where PyTorch has one; where not, it warns."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it products may not repeat
    how: Any = torch.utils.deterministic
    asked, filled = torch.are_deterministic_algorithms_enabled(), how.fill_uninitialized_memory
    mildly = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    how.fill_uninitialized_memory = False  # it would cost a pass, and nothing here reads such memory
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(asked, warn_only=mildly)
        how.fill_uninitialized_memory = filled


def device_of(net: nn.Module) -> torch.device:
    """Where a net is; the CPU, where it has no tensors."""
    return next((tensor.device for tensor in (*net.parameters(), *net.buffers())), torch.device("cpu"))


@contextmanager
def _moved(net: nn.Module, device: str) -> Iterator[None]:
    home = device_of(net)
    net.to(device)
    try:
        yield
    finally:
        net.to(home)


Timing = dict[str, object]
"""A machine's fields and its `seconds` a round."""

TRIAL_SECONDS, TRIAL_ROUNDS = 0.6, 100
"""Longest measured time of one candidate, its warm-up apart, and most rounds."""

RECORDING = 3
"""Rounds until what is compiled runs at its pace: graphs are recorded in the second and third."""

COMPILING = 60.0
"""Seconds of training on a GPU from which on it is tried whether compiling pays; on CPUs it did not."""


def measured(
    run: Run, recipe: Recipe, pictures: bool, play: Callable[[Machine], Callable[[], None]]
) -> tuple[Machine, list[Timing]]:
    """The fastest machine that `run` allows, and what was measured on the way.

    `play(machine)` sets up a throw-away game and returns a function that plays one round of it.  The number
    of threads is tried first, since it matters most (small nets are slower on two threads than on one), then
    layout and precision, then how convolutions' weights learn, then the threads once more with the best.
    """
    device = _device(run)
    start = Machine(device, run.precision == "bf16", threads=run.threads or _cores())
    seconds: dict[Machine, float] = {}

    def best(candidates: list[Machine]) -> Machine:
        if len(candidates) == 1:
            return candidates[0]
        found = _raced(candidates, play)
        seconds.update(found)
        return min(found, key=lambda machine: found[machine])

    def threads(machine: Machine) -> list[Machine]:
        counts = _thread_counts() if run.threads is None and device == "cpu" else [machine.threads]
        return [replace(machine, threads=n) for n in counts]

    layouts = [False, True] if run.layout == "auto" and pictures else [run.layout == "channels_last"]
    free = run.precision == "auto" and recipe.bf16 and _has_bf16(device)
    precisions = [False, True] if free else [start.bf16]
    chosen = best(threads(replace(start, bf16=precisions[0], channels_last=layouts[0])))
    chosen = best([replace(chosen, bf16=b, channels_last=c) for b in precisions for c in layouts])
    columns = [False, True] if _open(run, chosen) else [run.convolutions == "columns"]
    chosen = best([replace(chosen, columns=c) for c in columns])
    chosen = best(threads(chosen))
    if run.compile == "auto" and device == "cuda":
        return _with_compiler(run, chosen, seconds, play)
    compiled, graphs = _compiled(run, device)
    return replace(chosen, compile=compiled, graphs=graphs), _told(seconds)


def resolved(run: Run, machine: Machine) -> Run:
    """The run with the machine's choices written in, nothing left open."""
    return replace(
        run,
        device="cuda" if machine.device == "cuda" else "cpu",
        precision="bf16" if machine.bf16 else "fp32",
        layout="channels_last" if machine.channels_last else "contiguous",
        compile="graphs" if machine.graphs else "on" if machine.compile else "off",
        threads=machine.threads,
        convolutions="columns" if machine.columns else "library",
    )


def machine_of(run: Run) -> Machine:
    """The machine that a resolved run names."""
    device = _device(run)
    compiled, graphs = _compiled(run, device)
    return Machine(
        device,
        run.precision == "bf16",
        run.layout == "channels_last",
        compiled,
        run.threads or 1,
        run.convolutions == "columns",
        graphs,
    )


def machine_here(run: Run, device: str, threads: int | None) -> Machine:
    """A machine to use a trained run on, wherever it was trained: float32, nothing compiled.

    `device` "auto" is a GPU where there is one; `threads` None are as many as the run had, and no more than
    there are cores here.
    """
    return Machine(_device(replace(run, device=device)), threads=threads or min(run.threads or 1, _cores()))  # type: ignore[arg-type]


def _compiled(run: Run, device: str) -> tuple[bool, bool]:
    """Whether a run's turns are compiled, and replayed as graphs, which are a GPU's."""
    return run.compile in ("on", "graphs"), run.compile == "graphs" and device == "cuda"


def _has_bf16(device: str) -> bool:
    """Whether a device calculates in bfloat16; older GPUs only pretend to, slowly."""
    return device != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)


def _open(run: Run, machine: Machine) -> bool:
    """Whether columns, which are for bfloat16 maps with channels last on a CPU, are to be tried."""
    free = run.convolutions == "auto" and run.compile not in ("on", "graphs")
    return free and machine.device == "cpu" and machine.bf16 and machine.channels_last


def _device(run: Run) -> str:
    if run.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if run.device == "cuda" and not torch.cuda.is_available():
        raise BadInput("--device cuda: no CUDA device is to be seen; use --device cpu or auto")
    return run.device


def _with_compiler(
    run: Run, chosen: Machine, seconds: dict[Machine, float], play: Callable[[Machine], Callable[[], None]]
) -> tuple[Machine, list[Timing]]:
    """The machine, compiled and perhaps replayed as graphs if that saves more in this run than it costs."""
    if chosen not in seconds:
        seconds.update(_raced([chosen], play))
    costs = {chosen: 0.0}
    if seconds[chosen] * run.steps >= COMPILING:
        compiled = replace(chosen, compile=True)
        for way in (compiled, replace(compiled, graphs=True)):
            costs |= _compiling(way, seconds, play)
    best = min(costs, key=lambda way: costs[way] + seconds[way] * run.steps)
    for way, cost in list(costs.items())[1:]:
        LOG.info(
            "%s takes %.0f s, a round then %.4f s in place of %.4f: %s",
            "compiling and recording graphs" if way.graphs else "compiling",
            *(cost, seconds[way], seconds[chosen], "done" if way is best else "left"),
        )
    return best, _told(seconds)


def _compiling(
    way: Machine, seconds: dict[Machine, float], play: Callable[[Machine], Callable[[], None]]
) -> dict[Machine, float]:
    """The seconds that compiling costs, those of a round being put down; nothing where it fails."""
    try:
        once = play(way)
        cost = sum(timed(way, once) for _ in range(RECORDING))
        seconds[way] = min(timed(way, once) for _ in range(TRIAL_ROUNDS // 10))
    except RuntimeError as error:  # of the compiler, or for want of one
        LOG.warning("does not compile here, left as it is (%s)", str(error).split("\n", 1)[0])
        return {}
    return {way: cost}


def _told(seconds: dict[Machine, float]) -> list[Timing]:
    return [{**asdict(machine), "seconds": taken} for machine, taken in seconds.items()]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _thread_counts() -> list[int]:
    cores = _cores()
    return sorted({cores, *(n for n in (1, 2, 4, 8, 16, 32) if n < cores)}, reverse=True)


def _raced(machines: list[Machine], play: Callable[[Machine], Callable[[], None]]) -> dict[Machine, float]:
    """Seconds of each machine's fastest round.

    They take turns, round by round, so that a slow moment of the computer meets all of them; one that takes
    twice the time of the fastest drops out.
    """
    games: dict[Machine, Callable[[], None]] = {}
    for machine in machines:
        with machine.in_force():
            games[machine] = play(machine)
            games[machine]()
    fastest, spent = dict.fromkeys(machines, float("inf")), dict.fromkeys(machines, 0.0)
    racing = list(machines)
    for _ in range(TRIAL_ROUNDS):
        for machine in racing:
            took = timed(machine, games[machine])
            fastest[machine], spent[machine] = min(fastest[machine], took), spent[machine] + took
        limit = 2 * min(fastest.values())
        racing = [m for m in racing if spent[m] < TRIAL_SECONDS and fastest[m] <= limit]
    return fastest


def timed(machine: Machine, once: Callable[[], object]) -> float:
    """Seconds that something takes on a machine, until a GPU has done what it was given."""
    with machine.in_force():
        started = time.perf_counter()
        once()
        if machine.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - started
