"""The display of a run's progress, and stopping a run by signal."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_INTERVAL = 10.0
"""Seconds between printed lines if stderr is no terminal and no bar is shown."""


class TrainingProgress:
    """A bar with pictures per second, time left and the terms; plain lines if stderr is no terminal."""

    def __init__(self, total: int, done: int, *, quiet: bool) -> None:
        self._console = Console(stderr=True, quiet=quiet)
        self._last = time.monotonic()
        columns = (
            TextColumn("training"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[numbers]}"),
        )
        live = self._console.is_terminal and not quiet
        self._bar = Progress(*columns, console=self._console, disable=not live)
        self._task = self._bar.add_task("", total=total, completed=done, numbers="")
        self._total, self._live = total, live
        self._bar.start()

    def update(self, step: int, rate: float, terms: Mapping[str, float]) -> None:
        """Show the step, the pictures per second `rate`, and the values of the terms by name."""
        numbers = "  ".join(
            [f"{rate:,.0f} pictures/s", *(f"{name} {value:.3f}" for name, value in terms.items())]
        )
        self._bar.update(self._task, completed=step, numbers=numbers)
        if not self._live and (time.monotonic() - self._last > LINE_INTERVAL or step == self._total):
            self._last = time.monotonic()
            self._console.print(f"step {step}/{self._total}  {numbers}", highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Remove the bar and restore the terminal."""
        self._bar.stop()


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """Context with a function `report(done, total)` that sets a progress bar on stderr to `done` of `total`.

    The first call shows the bar, which is named `name`; nothing is shown if stderr is no terminal.
    """
    console = Console(stderr=True)
    columns = (TextColumn(name), BarColumn(bar_width=24), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console, disable=not console.is_terminal)
    task = progress.add_task("", total=None)

    def report(done: int, total: int) -> None:
        progress.start()
        progress.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        progress.stop()


class StopRequest:
    """Whether the user asked to stop: `stop` is False until the first signal."""

    stop = False


@contextmanager
def stop_on_signal() -> Iterator[StopRequest]:
    """Context: the first Ctrl-C or SIGTERM requests a stop after this step; the second acts at once."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask(number: int, frame: FrameType | None) -> None:
        request.stop = True
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, ask)
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def interruptible() -> Iterator[None]:
    """Context for work that can be resumed: SIGTERM acts like Ctrl-C, and the error says how to continue."""
    try:
        with _terminated_as_interrupted():
            yield
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt("the same command continues") from error


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
