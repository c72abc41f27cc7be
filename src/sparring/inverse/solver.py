"""Search for z such that A(G(z)) agrees with the measurement, G(z) looks real and z is likely.

A picture's result does not depend on the other pictures.  Its starting points come from the seed and a digest
of its own known pixels and mask, or from a bank that depends on the seed alone.  Losses are summed per
picture.  Since a processor may sum in another order for another batch size, every batch of a call has the
same size, the last one filled with repeats.  Some also sum in another order in the last rows of a batch whose
size is no multiple of 16, so sizes are multiples of 16.  Another size gives the same result up to
rounding; so does another position in a batch if latents have 5, 6, 7 or 10 numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.engine.machine import device_of
from sparring.inverse.cache import DEFAULT_BATCHING, Batching, BatchResult, solve_batches
from sparring.inverse.initial import Starts, starts
from sparring.inverse.operators.compose import Operator
from sparring.inverse.optimise import FrozenModel, descent, initial_state
from sparring.inverse.presets import Preset
from sparring.inverse.problem import Problem, identity, problem
from sparring.inverse.solution import (
    Completion,
    as_tensors,
    combine_restarts,
    concatenate_batches,
    from_tensors,
    replace_rows,
)

MIN_ROWS, BATCH_VALUES = 32, 2**18
"""Default batch: at least `MIN_ROWS` searches, and as many as have `BATCH_VALUES` values in their pictures.

With small pictures a larger batch halves the time per search, or better; with large ones it gains nothing."""

MAX_ROWS = 256
"""Maximum number of searches in a batch, and the number without optimiser steps, which need no graph."""

GPU_FACTOR = 16
"""Factor of the batch size on a GPU, which a small batch does not fill."""

ROUND_SEED_STEP = 2**32
"""Difference of the seed from round to round."""

ROW_MULTIPLE = 16
"""The number of rows of a batch is a multiple of this, so that all rows are rounded alike."""


def complete_pictures(
    model: FrozenModel,
    pictures: Tensor,
    missing: Tensor,
    preset: Preset,
    *,
    seed: int,
    damage: Operator = identity,
    keep: int = 0,
    batching: Batching = DEFAULT_BATCHING,
) -> Completion:
    """Complete `pictures`, float (n, C, H, W) in [-1, 1], where `missing`, bool (n, H, W), is True.

    The nets of `model` are frozen and in evaluation mode during the call; their flags are restored.  `damage`
    is the operator A: `pictures` are then its outputs, in their shape.  If the model has an encoder, the
    preset's share of the searches starts from it.  The preset sets the precision.  `keep` is the number of
    distinct solutions to return for each picture.  The search runs on the device of G; the result is on
    the CPU.  The values under the mask are never used.  Raises `BadInput` for shapes that do not fit and for
    numbers out of range.
    """
    _require(preset, batching, keep, model.E is not None)
    whole, model = problem(pictures, missing, damage, device_of(model.G)), replace(model, bf16=preset.bf16)
    job = _Job(model, whole, preset, seed, keep)
    with frozen(*model.nets):
        size = batching.size or batch_size(model, preset.restarts, no_steps=not preset.steps)
        return concatenate_batches(list(job.parts(size, batching)), len(whole))


@torch.no_grad()
def batch_size(model: FrozenModel, restarts: int, *, no_steps: bool = False) -> int:
    """Return the number of pictures in a batch, from `BATCH_VALUES`, `MIN_ROWS` and `MAX_ROWS`.

    `no_steps`: the search takes no optimiser steps.
    """
    device = device_of(model.G)
    values = model.made(model.latent.sample(1, torch.Generator().manual_seed(0)).to(device)).numel()
    rows = MAX_ROWS if no_steps else min(max(BATCH_VALUES // values, MIN_ROWS), MAX_ROWS)
    rows *= GPU_FACTOR if device.type == "cuda" else 1
    step = ROW_MULTIPLE // math.gcd(ROW_MULTIPLE, restarts)
    return max(step, rows // max(1, restarts) // step * step)


def _require(preset: Preset, batching: Batching, keep: int, encoded: bool) -> None:
    if preset.restarts < 1:
        raise BadInput(f"restarts is {preset.restarts}; it must be at least 1")
    batching.require_size()
    least = 0 if encoded or preset.bank else 1
    if preset.steps < least:
        raise BadInput(f"steps is {preset.steps}; it must be at least {least}")
    if keep < 0:
        raise BadInput(f"keep is {keep}; it must be at least 0")


@dataclass(frozen=True)
class _Job:
    model: FrozenModel
    whole: Problem
    preset: Preset
    seed: int
    keep: int

    def parts(self, size: int, batching: Batching) -> Iterator[Completion]:
        """Yield the results of all batches in order, the last one filled with repeats."""
        starts_of = cache(lambda again: starts(self.model, self.whole, self.preset, self.seed + again))

        def solve(problem: Problem, done: Callable[[int], None]) -> BatchResult:
            return as_tensors(self.solve(problem, starts_of, done))

        how = self.preset, self.seed, self.keep
        steps = self.preset.steps
        for part, earlier in solve_batches(self.model, self.whole, how, steps, size, batching, solve):
            yield from_tensors(part, earlier)

    def solve(
        self, problem: Problem, starts_of: Callable[[int], Starts], done: Callable[[int], None]
    ) -> Completion:
        """Solve one batch; pictures with a residual above `retry_residual` are searched again."""
        result = self._solve_round(problem, starts_of(0), done)
        for again in range(1, self.preset.rounds):
            unmet = result.residual > self.preset.retry_residual
            if not unmet.any():
                break
            second = self._solve_round(problem, starts_of(again * ROUND_SEED_STEP), lambda _: None)
            result = replace_rows(result, second, unmet & (second.loss < result.loss))
        return result

    def _solve_round(self, problem: Problem, begin: Starts, done: Callable[[int], None]) -> Completion:
        """Solve one batch in one round."""
        trace: dict[int, Tensor] = {}
        every = max(1, self.preset.steps // 10)
        start = initial_state(problem, begin(problem, self.preset.restarts))
        for last in descent(self.model, problem, self.preset, start):
            done(last.step)
            if last.step % every == 0:
                trace[last.step] = last.loss.amin(1)
        trace[last.step] = last.loss.amin(1)
        with torch.no_grad():
            fake = self.model.in_float32.made(last.z)
        z, fake = (rows.view(len(problem), -1, *rows.shape[1:]) for rows in (last.z, fake))
        return combine_restarts(
            problem, z, fake, last.loss, self.preset.temperature, tuple(trace.items()), self.keep
        )


@contextmanager
def frozen(*nets: nn.Module) -> Iterator[None]:
    """Context: nets in evaluation mode, without gradients of weights; all flags are restored at the end."""
    modes = [(module, module.training) for net in nets for module in net.modules()]
    flags = [(weight, weight.requires_grad) for net in nets for weight in net.parameters()]
    try:
        for net in nets:
            net.eval().requires_grad_(False)
        yield
    finally:
        for module, training in modes:
            module.training = training
        for weight, flag in flags:
            weight.requires_grad_(flag)
