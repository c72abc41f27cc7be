"""The search for z: G(z), damaged as the picture was, agrees with what is known, looks real and is likely.

A picture's result does not depend on the pictures beside it.  Its starting points come from the seed and a
digest of its own known pixels and mask, or from a bank that depends on the seed alone; losses are summed
picture by picture; and since a processor may sum in another order for another batch size, every batch of a
call has the same size, the last one filled up with repeats.  Some sum in another order in the last rows of a
batch, too, if these are no multiple of 16, so they are.  Another `batch` gives the same result but for
rounding; so does another place in a batch where latents are 5, 6, 7 or 10 numbers.
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
from sparring.core.latent import Latent
from sparring.engine.machine import device_of
from sparring.inverse.cache import Part, Store, names, searched
from sparring.inverse.initial import Starts, starts
from sparring.inverse.operators.compose import Operator
from sparring.inverse.optimise import Field, State, begun, descent
from sparring.inverse.presets import Preset
from sparring.inverse.problem import Problem, problem, untouched
from sparring.inverse.solution import (
    Completion,
    answer,
    as_tensors,
    exchanged,
    from_tensors,
    joined,
)

ROWS, VALUES = 32, 2**18
"""Searches that run as one batch unless `batch` says otherwise, at least, and values of their pictures: nets
that make small ones take half and less of the time for each where many go together, others gain nothing."""

STILL = 256
"""Searches at most, and where no step is taken, so that no graph is kept."""

WIDE = 16
"""So many times as many on a GPU, which a small batch leaves idle."""

OTHERWISE = 2**32
"""What the seed differs by from round to round."""

EVEN = 16
"""Rows of a batch come in multiples of it, so that none is calculated otherwise than the rest."""


def completed(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    missing: Tensor,
    preset: Preset,
    *,
    seed: int,
    damage: Operator = untouched,
    E: nn.Module | None = None,
    keep: int = 0,
    steps: int | None = None,
    restarts: int | None = None,
    batch: int | None = None,
    kept: Store | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Completion:
    """Complete `pictures`, float (n, C, H, W) in [-1, 1], where `missing`, bool (n, H, W), is True.

    `G` takes z (n, latent.size) to pictures, `D` pictures to logits (n,); both are used frozen, in evaluation
    mode, and handed back as they came.  `damage` is what was done to whole pictures: `pictures` are then
    what it made of them, in its shape.  With `E`, an encoder of such pictures and masks, part of the searches
    begin where it says.  `keep` distinct solutions are handed back for each picture.  `steps` and `restarts`
    replace the preset's; `batch` is the number of pictures searched at once, by default that of `at_once`.
    The search is done where `G` is; what is found is on the CPU.  Batches that are in `kept` are taken from
    there, the others are put there.  What lies under the mask is never read.  `progress(done, total)` is
    called after every step.  Raises `BadInput` for shapes that do not fit.
    """
    preset = replace(preset, steps=_or(steps, preset.steps), restarts=_or(restarts, preset.restarts))
    device = device_of(G)
    _require(preset, _or(batch, 1), keep, E is not None)
    whole, field = problem(pictures, missing, damage, device), Field(G, D, latent, preset.bf16)
    job = _Job(field, whole, preset, seed, E, keep)
    with frozen(*([G, D] if E is None else [G, D, E])):
        size = at_once(field, preset.restarts, still=not preset.steps) if batch is None else batch
        return joined(list(job.parts(size, progress, kept)), len(whole))


@torch.no_grad()
def at_once(field: Field, restarts: int, *, still: bool = False) -> int:
    """Pictures that are searched as one batch: as many as make `VALUES`, or `ROWS` or `STILL` searches."""
    device = device_of(field.G)
    values = field.made(field.latent.sample(1, torch.Generator().manual_seed(0)).to(device)).numel()
    rows = STILL if still else min(max(VALUES // values, ROWS), STILL)
    rows *= WIDE if device.type == "cuda" else 1
    step = EVEN // math.gcd(EVEN, restarts)
    return max(step, rows // max(1, restarts) // step * step)


def _or(given: int | None, usual: int) -> int:
    return usual if given is None else given


def _require(preset: Preset, size: int, keep: int, encoded: bool) -> None:
    for number, name in ((preset.restarts, "restarts"), (size, "batch")):
        if number < 1:
            raise BadInput(f"{name} is {number}; it must be at least 1")
    least = 0 if encoded or preset.bank else 1
    if preset.steps < least:
        raise BadInput(f"steps is {preset.steps}; it must be at least {least}")
    if keep < 0:
        raise BadInput(f"keep is {keep}; it must be at least 0")


@dataclass(frozen=True)
class _Job:
    field: Field
    whole: Problem
    preset: Preset
    seed: int
    E: nn.Module | None
    keep: int

    def parts(
        self, size: int, progress: Callable[[int, int], None] | None, kept: Store | None
    ) -> Iterator[Completion]:
        """The results of all batches in turn, the last filled up with repeats."""
        begin = cache(lambda again: starts(self.field, self.whole, self.preset, self.seed + again, self.E))
        tick = _Ticks(progress, -(-len(self.whole) // size) * self.preset.steps, self.preset.steps)

        def solved(number: int, given: Problem) -> Part:
            return as_tensors(self.solved(given, begin, tick.of(number)))

        def named() -> list[str]:
            return names(self.field, self.E, (self.preset, self.seed, self.keep), self.whole, size)

        for part, earlier in searched(self.whole, size, solved, kept, named):
            yield from_tensors(part, earlier)

    def solved(
        self, given: Problem, begin: Callable[[int], Starts], told: Callable[[State], None]
    ) -> Completion:
        """The result for one batch: pictures whose known values are not met are searched again."""
        found = self._searched(given, begin(0), told)
        for again in range(1, self.preset.rounds):
            unmet = found.residual > self.preset.met
            if not unmet.any():
                break
            other = self._searched(given, begin(again * OTHERWISE), lambda _: None)
            found = exchanged(found, other, unmet & (other.loss < found.loss))
        return found

    def _searched(self, given: Problem, begin: Starts, told: Callable[[State], None]) -> Completion:
        """The result of one round."""
        trace: dict[int, Tensor] = {}
        every = max(1, self.preset.steps // 10)
        start = begun(given, begin(given, self.preset.restarts))
        for last in descent(self.field, given, self.preset, start):
            told(last)
            if last.step % every == 0:
                trace[last.step] = last.loss.amin(1)
        trace[last.step] = last.loss.amin(1)
        with torch.no_grad():
            fake = self.field.exact.made(last.z)
        z, fake = (rows.view(len(given), -1, *rows.shape[1:]) for rows in (last.z, fake))
        return answer(given, z, fake, last.loss, self.preset.temperature, tuple(trace.items()), self.keep)


@dataclass(frozen=True)
class _Ticks:
    progress: Callable[[int, int], None] | None
    total: int
    each: int

    def of(self, part: int) -> Callable[[State], None]:
        """Progress of one batch: what it stopped before its end counts as done."""

        def tick(state: State) -> None:
            if self.progress is not None and state.step:
                self.progress(part * self.each + state.step, self.total)

        return tick


@contextmanager
def frozen(*nets: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients of weights; all flags are put back at the end."""
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
