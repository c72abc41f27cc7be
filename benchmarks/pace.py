"""How soon searches come near their end, what choosing by loss costs, and the time of one picture and of 64.

    python -m benchmarks.pace NAME RUN DATA [LIMIT] [PRESET[+E] ...]

follows those that take steps, times all, without the run's encoder or with it (+E), and replaces the rows of
NAME in `benchmarks/results/pace.json`; `python -m benchmarks.tables` writes them into the docs.  All PSNR is
that of the hole before blending.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch

from benchmarks.completion import MASKS, WITH_E
from benchmarks.merged import merge
from sparring import api
from sparring.core.pixels import array_to_float
from sparring.inverse.blend.poisson import pasted
from sparring.inverse.calibration import plan_search
from sparring.inverse.comparison import CEILING, as_levels
from sparring.inverse.initial import starts
from sparring.inverse.masks import masks
from sparring.inverse.optimise import FrozenModel, SearchState, descent, initial_state
from sparring.inverse.presets import Preset
from sparring.inverse.problem import Problem, problem
from sparring.inverse.solution import combine_restarts
from sparring.inverse.solver import batch_size, complete_pictures, frozen
from sparring.metrics.images import psnr_hole
from sparring.tasks.complete.job import MaskedPictures, masked_pictures
from sparring.tasks.opening.loaded import load

RESULTS = Path(__file__).parent / "results" / "pace.json"
PRESETS = ("default", "csgm", "default+E", "fast", "fast+E", "amortised+E")
NEAR = 0.1
"""Decibels below its last value, in the mean over the pictures, from which on a search counts as near."""

POINTS = 100
"""At so many steps of a search it is looked at, at most; a short one at every step."""

ALONE, TOGETHER = 4, 64
"""Pictures that are timed one at a time, and those timed in one call."""

FEW = (5, 15)
"""Steps that 64 pictures are timed after; the steps that a search has more take as long each."""


@dataclass(frozen=True)
class Walk:
    """A search of n pictures on its way, in dB."""

    steps: list[int]
    answers: np.ndarray
    """What would be answered after these steps, (len(steps), n)."""
    by_loss: np.ndarray
    """The restart of least loss at the end, (n,)."""
    oracle: np.ndarray
    """The best restart at the end, whatever its loss, (n,)."""

    @property
    def near(self) -> int:
        """Steps after which the mean answer stays within `NEAR` of the last."""
        means = self.answers.mean(1)
        far = np.flatnonzero(means < means[-1] - NEAR)
        return self.steps[far[-1] + 1] if len(far) else self.steps[0]


def walk(
    field: FrozenModel, search: Preset, pictures: np.ndarray, missing: np.ndarray, seed: int = 0
) -> Walk:
    """Follow a search of `pictures`, uint8 (n, H, W, C), where `missing`, bool (n, H, W)."""
    x = array_to_float(pictures)
    whole = problem(x, torch.from_numpy(missing))
    parts = []
    with frozen(field.G, field.D):
        size = batch_size(field, search.restarts)
        begin = starts(field, whole, search, seed)
        for number in range(-(-len(whole) // size)):
            rows = slice(number * size, (number + 1) * size)
            given = whole.batch(number, size)
            states = descent(field, given, search, initial_state(given, begin(given, search.restarts)))
            parts.append(_followed(field, search, given, states, pictures[rows], missing[rows]))
    return _joined(parts)


def _followed(
    field: FrozenModel,
    search: Preset,
    given: Problem,
    states: Iterator[SearchState],
    x: np.ndarray,
    hole: np.ndarray,
) -> Walk:
    every, steps, answers = max(1, search.steps // POINTS), [], []
    for last in states:
        if last.step % every == 0 or last.step == search.steps or not last.active.any():
            fake = _pictures(field, last)
            z = last.z.view(len(given), -1, last.z.shape[1])
            found = combine_restarts(given, z, fake, last.loss, search.temperature, (), 0)
            steps.append(last.step)
            answers.append(_decibels(found.raw, x, hole))
    each = np.stack([_decibels(fake[:, r], x, hole) for r in range(fake.shape[1])], 1)
    least = last.loss.nan_to_num(nan=float("inf")).argmin(1).numpy()[: len(x)]
    return Walk(steps, np.stack(answers), each[np.arange(len(x)), least], each.max(1))


@torch.no_grad()
def _pictures(field: FrozenModel, state: SearchState) -> torch.Tensor:
    """What each restart makes, (p, r, C, H, W)."""
    fake = field.in_float32.made(state.z)
    return fake.view(-1, state.restarts, *fake.shape[1:])


def _decibels(raw: torch.Tensor, x: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Of the pictures of a batch, without the repeats that filled it."""
    plain = pasted(x, as_levels(raw[: len(x)]), hole)
    return np.minimum(psnr_hole(plain, x, hole), CEILING)


def _joined(parts: Sequence[Walk]) -> Walk:
    """The batches together; one that ended early stays where it was."""
    steps = max((part.steps for part in parts), key=len)
    whole = [np.pad(p.answers, ((0, len(steps) - len(p.steps)), (0, 0)), mode="edge") for p in parts]
    ends = (np.concatenate([getattr(part, name) for part in parts]) for name in ("by_loss", "oracle"))
    return Walk(steps, np.concatenate(whole, 1), *ends)


def times(field: FrozenModel, search: Preset, pictures: np.ndarray) -> dict[str, float]:
    """Seconds a picture, one at a time and `TOGETHER` in one call, its centre missing."""

    def seconds(x: np.ndarray, steps: int) -> float:
        hole = torch.from_numpy(masks("centre", len(x), *x.shape[1:3], 0))
        began = perf_counter()
        complete_pictures(field, array_to_float(x), hole, replace(search, steps=steps), seed=0)
        return perf_counter() - began

    alone = [seconds(pictures[i : i + 1], search.steps) for i in range(min(ALONE, len(pictures)))]
    many = pictures[np.arange(TOGETHER) % len(pictures)]
    if search.steps <= FEW[1]:
        together = seconds(many, search.steps)
    else:
        first, second = (seconds(many, steps) for steps in FEW)
        together = second + (search.steps - FEW[1]) * (second - first) / (FEW[1] - FEW[0])
    return {"alone": round(float(np.mean(alone)), 4), "together": round(together / TOGETHER, 4)}


def measured(name: str, run: Path, data: str, limit: int, presets: Sequence[str]) -> list[dict[str, object]]:
    """One row a preset with its times, then one a mask where it takes steps and no encoder."""
    torch.set_num_threads(1)
    held, rows = load(run), list[dict[str, object]]()
    given = {
        mask: masked_pictures(held, api.CompletionTask(data, mask, Path(), limit=limit)) for mask in MASKS
    }
    for preset in presets:
        encoded = preset.endswith(WITH_E)
        plan = plan_search(held.folder, held.trained, preset.removesuffix(WITH_E), use_encoder=encoded)
        search, field = plan.preset, replace(plan.model, bf16=plan.preset.bf16)
        about = {"data": name, "preset": preset}
        timed = times(field, search, given[MASKS[0]].pictures)
        rows.append({**about, "threads": 1, "steps": search.steps, "bf16": search.bf16, **timed})
        print(json.dumps(rows[-1]), flush=True)
        if search.steps and not encoded:
            rows.extend({**about, **_walked(field, search, one, mask)} for mask, one in given.items())
            print(json.dumps(rows[-len(MASKS) :]), flush=True)
    return rows


def _walked(field: FrozenModel, search: Preset, given: MaskedPictures, mask: str) -> dict[str, object]:
    found = walk(field, search, given.pictures, given.missing)
    ends = {"answer": found.answers[-1], "by_loss": found.by_loss, "oracle": found.oracle}
    means = {key: round(float(values.mean()), 3) for key, values in ends.items()}
    about = {"mask": mask, "pictures": len(given.pictures), "near": found.near, "steps": search.steps}
    return about | means


def paces(rows: Sequence[Mapping[str, Any]]) -> str:
    """Seconds a picture alone and in a batch."""
    if not rows:
        return "Not measured yet."
    lines = ["| data | preset | threads | alone, s | 64 in one call, s a picture |", "|---|---|---|---|---|"]
    for row in rows:
        if "alone" in row:
            precision = ", bf16" if row["bf16"] else ""
            cells = f"{row['threads']} | {row['alone']:.3f} | {row['together']:.3f}"
            lines.append(f"| {row['data']} | `{row['preset']}`{precision} | {cells} |")
    return "\n".join(lines)


def ways(rows: Sequence[Mapping[str, Any]]) -> str:
    """How soon each search is near its end, and its restarts by loss and by the truth."""
    if not rows:
        return "Not measured yet."
    lines = [
        "| data | mask | preset | steps | near after | answer, dB | least loss | best restart |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if "near" in row:
            numbers = " | ".join(f"{row[key]:.2f}" for key in ("answer", "by_loss", "oracle"))
            cells = f"`{row['preset']}` | {row['steps']} | {row['near']} | {numbers}"
            lines.append(f"| {row['data']} | {row['mask']} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Measure one run and replace its rows."""
    name, run, data = sys.argv[1:4]
    limit = int(sys.argv[4]) if len(sys.argv) > 4 else 32
    rows = measured(name, Path(run), data, limit, tuple(sys.argv[5:]) or PRESETS)
    merge(RESULTS, name, rows)


if __name__ == "__main__":
    main()
