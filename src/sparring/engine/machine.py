"""How to compute: device, precision, layout, threads, compilation; measured for settings left on auto."""

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
    """A complete choice of how to compute a step."""

    device: str = "cpu"
    bf16: bool = False
    channels_last: bool = False
    compile: bool = False
    threads: int = 1
    columns: bool = False
    """Compute weight gradients of convolutions of small maps by columns (`engine.columns`)."""
    graphs: bool = False
    """Replay compiled turns as CUDA graphs, which saves the time of kernel launches."""

    def autocast(self) -> AbstractContextManager[object]:
        """Return an autocast context: bfloat16 convolutions and products if `bf16`; weights stay float32."""
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16)

    @contextmanager
    def activate(self, *nets: nn.Module | None) -> Iterator[None]:
        """Context with this number of threads, deterministic algorithms on a GPU, and `nets` on this device.

        On exit threads and algorithms are restored, and the nets are moved back.
        """
        before = torch.get_num_threads()
        with ExitStack() as stack:
            stack.callback(torch.set_num_threads, before)
            torch.set_num_threads(self.threads)
            if self.device == "cuda":
                stack.enter_context(_deterministic())
            for net in nets:
                if net is not None:
                    stack.enter_context(_moved(net, self.device))
            yield


@contextmanager
def _deterministic() -> Iterator[None]:
    """Context with deterministic GPU algorithms; PyTorch warns about operations that have none."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with it
    settings: Any = torch.utils.deterministic
    deterministic, fill = torch.are_deterministic_algorithms_enabled(), settings.fill_uninitialized_memory
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    settings.fill_uninitialized_memory = False  # filling costs time, and nothing here reads such memory
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)
        settings.fill_uninitialized_memory = fill


def device_of(net: nn.Module) -> torch.device:
    """Return the device of a net; the CPU for a net without tensors."""
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
"""A machine's fields and its `seconds` per training step."""

TRIAL_SECONDS, TRIAL_STEPS = 0.6, 100
"""Limits of measuring one candidate, without warm-up: seconds and training steps."""

RECORDING = 3
"""Steps until compiled turns run at full speed: CUDA graphs are recorded in the second and third."""

COMPILING = 60.0
"""Shortest training on a GPU, in seconds, for which compiling is tried; on CPUs it did not pay."""


def fastest_machine(
    run: Run, recipe: Recipe, pictures: bool, play: Callable[[Machine], Callable[[], None]]
) -> tuple[Machine, list[Timing]]:
    """Return the machine with the fastest training step that `run` allows, and all measurements.

    Each measurement is a dict of a machine's fields and of "seconds" per training step.  `pictures` says
    whether the data are pictures, for which layouts are compared.  `play(machine)` sets up a throw-away game
    and returns a function that takes one training step.  The number of threads is tried first, since it
    matters most (small nets are slower on two threads than on one), then layout and precision, then the
    weight gradients of convolutions, then the threads again with the best.
    """
    device = _device(run)
    start = Machine(device, run.precision == "bf16", threads=run.threads or _cores())
    seconds: dict[Machine, float] = {}

    def best(candidates: list[Machine]) -> Machine:
        if len(candidates) == 1:
            return candidates[0]
        times = _race(candidates, play)
        seconds.update(times)
        return min(times, key=lambda machine: times[machine])

    def threads(machine: Machine) -> list[Machine]:
        counts = _thread_counts() if run.threads is None and device == "cpu" else [machine.threads]
        return [replace(machine, threads=n) for n in counts]

    layouts = [False, True] if run.layout == "auto" and pictures else [run.layout == "channels_last"]
    free = run.precision == "auto" and recipe.bf16 and _has_bf16(device)
    precisions = [False, True] if free else [start.bf16]
    chosen = best(threads(replace(start, bf16=precisions[0], channels_last=layouts[0])))
    chosen = best([replace(chosen, bf16=b, channels_last=c) for b in precisions for c in layouts])
    columns = [False, True] if _columns_apply(run, chosen) else [run.convolutions == "columns"]
    chosen = best([replace(chosen, columns=c) for c in columns])
    chosen = best(threads(chosen))
    if run.compile == "auto" and device == "cuda":
        return _with_compiler(run, chosen, seconds, play)
    compiled, graphs = _compiled(run, device)
    return replace(chosen, compile=compiled, graphs=graphs), _timings(seconds)


def with_machine(run: Run, machine: Machine) -> Run:
    """Return `run` with every machine setting replaced by the choice in `machine`."""
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
    """Return the machine of a run whose settings are resolved.

    Settings that are still "auto" are off, except the device (a GPU if there is one); threads None are 1.
    Raises `BadInput` for "cuda" without a GPU.
    """
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


def machine_for_use(run: Run, device: str, threads: int | None) -> Machine:
    """Return a machine to use a trained run with: float32, not compiled, wherever the run was trained.

    `device` is "auto" (a GPU if there is one), "cpu" or "cuda"; `threads` None is the run's number, but at
    most the number of cores here.  Raises `BadInput` for "cuda" without a GPU.
    """
    return Machine(_device(replace(run, device=device)), threads=threads or min(run.threads or 1, _cores()))  # type: ignore[arg-type]


def _compiled(run: Run, device: str) -> tuple[bool, bool]:
    """Return whether a run's turns are compiled, and whether they are replayed as CUDA graphs."""
    return run.compile in ("on", "graphs"), run.compile == "graphs" and device == "cuda"


def _has_bf16(device: str) -> bool:
    """Whether a device supports bfloat16 natively; older GPUs emulate it slowly."""
    return device != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)


def _columns_apply(run: Run, machine: Machine) -> bool:
    """Whether to try `columns`, which applies to channels-last bfloat16 maps on a CPU."""
    free = run.convolutions == "auto" and run.compile not in ("on", "graphs")
    return free and machine.device == "cpu" and machine.bf16 and machine.channels_last


def _device(run: Run) -> str:
    if run.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if run.device == "cuda" and not torch.cuda.is_available():
        raise BadInput("--device cuda: no CUDA device is available; use --device cpu or auto")
    return run.device


def _with_compiler(
    run: Run, chosen: Machine, seconds: dict[Machine, float], play: Callable[[Machine], Callable[[], None]]
) -> tuple[Machine, list[Timing]]:
    """Return the machine, with compilation and perhaps CUDA graphs if they save time over the whole run."""
    if chosen not in seconds:
        seconds.update(_race([chosen], play))
    costs = {chosen: 0.0}
    if seconds[chosen] * run.steps >= COMPILING:
        compiled = replace(chosen, compile=True)
        for way in (compiled, replace(compiled, graphs=True)):
            costs |= _compiling(way, seconds, play)
    best = min(costs, key=lambda way: costs[way] + seconds[way] * run.steps)
    for way, cost in list(costs.items())[1:]:
        LOG.info(
            "%s takes %.0f s, then a step takes %.4f s instead of %.4f s: %s",
            "compiling and recording graphs" if way.graphs else "compiling",
            *(cost, seconds[way], seconds[chosen], "used" if way is best else "not used"),
        )
    return best, _timings(seconds)


def _compiling(
    way: Machine, seconds: dict[Machine, float], play: Callable[[Machine], Callable[[], None]]
) -> dict[Machine, float]:
    """Measure compilation: return its seconds, and store those of a step in `seconds`; {} if it fails."""
    try:
        once = play(way)
        cost = sum(seconds_of(way, once) for _ in range(RECORDING))
        seconds[way] = min(seconds_of(way, once) for _ in range(TRIAL_STEPS // 10))
    except RuntimeError as error:  # raised by the compiler, or because there is none
        LOG.warning("compilation failed, continuing without it (%s)", str(error).split("\n", 1)[0])
        return {}
    return {way: cost}


def _timings(seconds: dict[Machine, float]) -> list[Timing]:
    return [{**asdict(machine), "seconds": taken} for machine, taken in seconds.items()]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _thread_counts() -> list[int]:
    cores = _cores()
    return sorted({cores, *(n for n in (1, 2, 4, 8, 16, 32) if n < cores)}, reverse=True)


def _race(machines: list[Machine], play: Callable[[Machine], Callable[[], None]]) -> dict[Machine, float]:
    """Return the seconds of each machine's fastest training step.

    The machines are measured alternately, so that a slow moment of the computer affects all of them.  Those
    that take more than twice the time of the fastest are dropped.
    """
    games: dict[Machine, Callable[[], None]] = {}
    for machine in machines:
        with machine.activate():
            games[machine] = play(machine)
            games[machine]()
    fastest, spent = dict.fromkeys(machines, float("inf")), dict.fromkeys(machines, 0.0)
    racing = list(machines)
    for _ in range(TRIAL_STEPS):
        for machine in racing:
            elapsed = seconds_of(machine, games[machine])
            fastest[machine], spent[machine] = min(fastest[machine], elapsed), spent[machine] + elapsed
        limit = 2 * min(fastest.values())
        racing = [m for m in racing if spent[m] < TRIAL_SECONDS and fastest[m] <= limit]
    return fastest


def seconds_of(machine: Machine, once: Callable[[], object]) -> float:
    """Return the seconds that a call of `once` takes on a machine, including all work queued on a GPU."""
    with machine.activate():
        started = time.perf_counter()
        once()
        if machine.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - started
