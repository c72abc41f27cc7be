"""What a step of the editor costs: starts, threads and precision, on DCGAN's generator of 64x64 pixels."""

from __future__ import annotations

import time
from statistics import median

import torch
from torch import nn

from sparring.core.latent import Normal
from sparring.core.space import Space
from sparring.inverse.edit.constraints import Colour, Sketch, StayNear, disc
from sparring.inverse.edit.editor import Editor, EditSearch
from sparring.nets.families.dcgan import Generator

SIDE, LATENT = 64, Normal(100)
WIDTHS, STARTS, THREADS = (32, 64), (1, 4, 8, 16, 32, 64), (1, 2)
WARM, TIMES = 2, 9


def measured() -> list[dict[str, object]]:
    """One row for each width, precision and number of threads: milliseconds a step by number of starts.

    On one thread the processor's time is near what an idle machine would take by the clock.
    """
    before, rows = torch.get_num_threads(), []
    try:
        for threads in THREADS:
            torch.set_num_threads(threads)
            rows += [_row(width, bf16, threads) for width in WIDTHS for bf16 in (False, True)]
    finally:
        torch.set_num_threads(before)
    return rows


def _row(width: int, bf16: bool, threads: int) -> dict[str, object]:
    torch.manual_seed(0)
    generator = Generator(width=width)(Space((3, SIDE, SIDE), LATENT.size))
    times = {starts: _times(generator, EditSearch(starts=starts, bf16=bf16)) for starts in STARTS}
    wall, processor = (
        {starts: [pair[i] for pair in found] for starts, found in times.items()} for i in range(2)
    )
    return {
        "width": width,
        "precision": "bf16" if bf16 else "fp32",
        "threads": threads,
        "milliseconds": {starts: round(median(found), 1) for starts, found in wall.items()},
        "fastest": {starts: round(min(found), 1) for starts, found in wall.items()},
        "processor": {starts: round(median(found), 1) for starts, found in processor.items()},
    }


def _times(generator: nn.Module, search: EditSearch) -> list[tuple[float, float]]:
    """Milliseconds of each step, by the clock and of the processor, with a colour, a sketch and an anchor."""
    anchor = LATENT.sample(1, torch.Generator().manual_seed(0))[0]
    editor = Editor(generator, LATENT, anchor=anchor, search=search)
    mask, drawing = disc((SIDE, SIDE), (20, 20), 8), torch.eye(SIDE) * 2 - 1
    constraints = [Colour(mask, torch.tensor([1.0, 0.0, -1.0])), Sketch(mask, drawing), StayNear(anchor)]
    taken = []
    for _ in range(WARM + TIMES):
        started, worked = time.perf_counter(), time.process_time()
        editor.step(constraints)
        taken.append((1000 * (time.perf_counter() - started), 1000 * (time.process_time() - worked)))
    return taken[WARM:]
