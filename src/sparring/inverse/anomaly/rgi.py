"""Robust GAN inversion (RGI): find z and the mask of the pixels that the generator cannot explain.

    min over z, M of   sum (1 - M)^2 (x - G(z))^2  +  weight * sum M  -  realism * D(G(z))

M lies in [0, 1] and is the sigmoid of free logits, one for each pixel and shared by its channels.  For an
error of r^2, summed over channels, the optimum is M = 1 - weight / (2 r^2) where that is above 0: with weight
0.07 a grey pixel is masked (M > 0) from r = 0.19 in a range of 2, and M > 1/2 from r = 0.26.  Mou et al.
2023, RGI, arXiv:2302.12464.  Of the paper's norms we use the squared one, by which each pixel is masked on
its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.core.optim import Adam, Optim
from sparring.engine.machine import device_of
from sparring.inverse.cache import BatchCache, BatchResult, batch_digests, solve_batches
from sparring.inverse.initial import EncoderStarts, PriorStarts, Starts, bank
from sparring.inverse.optimise import FrozenModel, require_fit
from sparring.inverse.presets import Contextual, Preset
from sparring.inverse.problem import Problem, problem
from sparring.inverse.solver import batch_size, frozen

RESULT_FIELDS = ("raw", "z", "mask", "loss")
"""Names of the fields of `RobustResult`."""


@dataclass(frozen=True)
class RobustInversion:
    """Settings of a robust inversion: as published, except for the bank of starting points."""

    weight: float = 0.07
    """Weight of the sum of the mask: a larger weight masks fewer pixels."""
    realism: float = 0.1
    """Weight of the discriminator's score."""
    optim: Optim = field(default_factory=lambda: Adam(0.1, (0.9, 0.999)))
    """Optimiser of z and of the mask's logits."""
    steps: int = 2000
    restarts: int = 1
    """Searches per picture; the result is that of least loss."""
    bank: int = 1024
    """Size of the bank of random z whose best matches are the starting points; 0: start from prior draws."""
    logit: float = 0.0
    """Initial logit of the mask at every pixel; 0: M = 1/2."""

    bf16: bool = False
    """Whether G and D compute in bfloat16 during the search; the result is computed in float32."""

    def __post_init__(self) -> None:
        for name, value, least in (("steps", self.steps, 1), ("restarts", self.restarts, 1)):
            if value < least:
                raise BadInput(f"{name} is {value}; it must be at least {least}")
        if self.weight <= 0:
            raise BadInput(f"weight is {self.weight}; it must be above 0, or all of a picture is masked")


@dataclass(frozen=True)
class RobustResult:
    """Result of a robust inversion of n pictures; tensors on the CPU."""

    raw: Tensor
    """G(z), float32 (n, C, H, W) in [-1, 1]: the restored pictures."""
    z: Tensor
    """(n, size)."""
    mask: Tensor
    """The mask M, (n, H, W) in [0, 1]: 1 for pixels that the generator cannot explain."""
    loss: Tensor
    """Final value of the objective, (n,)."""

    @property
    def missing(self) -> Tensor:
        """The mask as missing pixels, bool (n, H, W): M > 0.5."""
        return self.mask > 0.5


def invert_robustly(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    settings: RobustInversion,
    *,
    seed: int,
    E: nn.Module | None = None,
    batch: int | None = None,
    batch_cache: BatchCache | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RobustResult:
    """Find the mask of the damage of `pictures`, float (n, C, H, W) in [-1, 1], and restore them.

    `G`, `D`, `E`, `batch`, `batch_cache` and `progress` are as in `completed`; with `E` half of the
    searches, and a single one, start from it.  A picture's result does not depend on the other pictures.
    Raises `BadInput` for shapes that do not fit.
    """
    if batch is not None and batch < 1:
        raise BadInput(f"batch is {batch}; it must be at least 1")
    no_mask = torch.zeros(len(pictures), *pictures.shape[2:], dtype=torch.bool)
    whole, field = problem(pictures, no_mask, device=device_of(G)), FrozenModel(G, D, latent, settings.bf16)
    with frozen(*([G, D] if E is None else [G, D, E])):
        size = batch_size(field, settings.restarts) if batch is None else batch
        parts = _parts(field, whole, settings, seed, E, size, batch_cache, progress)
    raw, z, mask, loss = (
        torch.cat([part[name].cpu() for part in parts])[: len(whole)] for name in RESULT_FIELDS
    )
    return RobustResult(raw, z, mask, loss)


def _parts(
    field: FrozenModel,
    whole: Problem,
    settings: RobustInversion,
    seed: int,
    E: nn.Module | None,
    size: int,
    kept: BatchCache | None,
    progress: Callable[[int, int], None] | None,
) -> list[BatchResult]:
    starts_of, total = _starts(field, whole, settings, seed, E), -(-len(whole) // size) * settings.steps

    def solve(number: int, part: Problem) -> BatchResult:
        callback = None if progress is None else _batch_progress(progress, number * settings.steps, total)
        return _solve_batch(field, part, settings, starts_of(part, settings.restarts), callback)

    def digests() -> list[str]:
        return batch_digests(field, E, (settings, seed), whole, size)

    return [part for part, _ in solve_batches(whole, size, solve, kept, digests)]


def _batch_progress(progress: Callable[[int, int], None], done: int, total: int) -> Callable[[int], None]:
    return lambda step: progress(done + step, total)


def _starts(
    field: FrozenModel, whole: Problem, settings: RobustInversion, seed: int, E: nn.Module | None
) -> Starts:
    others: Starts = PriorStarts(field, seed)
    if settings.bank:
        others = bank(
            field, whole, Preset(Contextual(), restarts=settings.restarts, bank=settings.bank), seed
        )
    return others if E is None else EncoderStarts(field, E, seed, 0.5, others)


def _solve_batch(
    field: FrozenModel,
    problem: Problem,
    settings: RobustInversion,
    start: Tensor,
    callback: Callable[[int], None] | None,
) -> BatchResult:
    """Solve one batch; return the fields of `RobustResult` for the best search of each picture."""
    r = settings.restarts
    y = problem.y.repeat_interleave(r, 0)
    z = nn.Parameter(start.clone())
    logits = nn.Parameter(torch.full((len(y), *y.shape[2:]), settings.logit, device=y.device))
    optimiser = settings.optim.build([z, logits])
    for step in range(1, settings.steps + 1):
        fake = field.made(z)
        if step == 1:
            require_fit(problem, fake)
        loss = objective(settings, y, fake, logits, field.scores(fake))
        z.grad, logits.grad = torch.autograd.grad(loss.sum(), [z, logits])
        optimiser.step()
        z.data.copy_(field.latent.project(z.data))
        if callback is not None:
            callback(step)
    with torch.no_grad():
        fake = field.in_float32.made(z)
        loss = objective(settings, y, fake, logits, field.in_float32.scores(fake))
    best = loss.view(-1, r).nan_to_num(nan=math.inf).argmin(1)
    rows = torch.arange(len(problem), device=y.device) * r + best
    result = fake[rows], z.detach()[rows], logits.detach().sigmoid()[rows], loss[rows]
    return dict(zip(RESULT_FIELDS, result, strict=True))


def objective(settings: RobustInversion, y: Tensor, fake: Tensor, logits: Tensor, score: Tensor) -> Tensor:
    """Return the objective, (n,); `y` and `fake` are (n, C, H, W), `logits` (n, H, W), `score` (n,)."""
    mask = logits.sigmoid()
    unexplained = ((1 - mask).square() * (y - fake).square().sum(1)).sum((1, 2))
    return unexplained + settings.weight * mask.sum((1, 2)) - settings.realism * score
