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
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.optim import Adam, Optim
from sparring.engine.machine import device_of
from sparring.inverse.cache import DEFAULT_BATCHING, Batching, BatchResult, solve_batches
from sparring.inverse.initial import EncoderStarts, PriorStarts, Starts, bank
from sparring.inverse.optimise import FrozenModel, require_fit
from sparring.inverse.presets import Contextual, Preset
from sparring.inverse.problem import Problem, nothing_missing, problem
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
    model: FrozenModel,
    pictures: Tensor,
    settings: RobustInversion,
    *,
    seed: int,
    batching: Batching = DEFAULT_BATCHING,
) -> RobustResult:
    """Return `pictures`, float (n, C, H, W) in [-1, 1], restored, and the mask of each one's damage.

    Of `settings.restarts` searches per picture, drawn by `seed`, the one of least loss counts.  If `model`
    has an encoder, half of a picture's searches start from it, and at least one.  The nets are frozen and in
    evaluation mode during the call, in the precision `settings.bf16`; the search runs on the device of G.
    `batching` says how the pictures are split, cached and reported.  A picture's result does not depend on
    the other pictures.  Raises `BadInput` for shapes that do not fit.
    """
    batching.require_size()
    whole = problem(pictures, nothing_missing(pictures), device=device_of(model.G))
    model = replace(model, bf16=settings.bf16)
    with frozen(*model.nets):
        begin = _starts(model, whole, settings, seed)

        def solve(part: Problem, done: Callable[[int], None]) -> BatchResult:
            return _solve_batch(model, part, settings, begin(part, settings.restarts), done)

        size = batching.size or batch_size(model, settings.restarts)
        parts = solve_batches(model, whole, (settings, seed), settings.steps, size, batching, solve)
        results = [part for part, _ in parts]
    raw, z, mask, loss = (
        torch.cat([result[name].cpu() for result in results])[: len(whole)] for name in RESULT_FIELDS
    )
    return RobustResult(raw, z, mask, loss)


def _starts(model: FrozenModel, whole: Problem, settings: RobustInversion, seed: int) -> Starts:
    others: Starts = PriorStarts(model, seed)
    if settings.bank:
        others = bank(
            model, whole, Preset(Contextual(), restarts=settings.restarts, bank=settings.bank), seed
        )
    return others if model.E is None else EncoderStarts(model, model.E, seed, 0.5, others)


def _solve_batch(
    model: FrozenModel,
    problem: Problem,
    settings: RobustInversion,
    start: Tensor,
    done: Callable[[int], None],
) -> BatchResult:
    """Solve one batch; return the fields of `RobustResult` for the best search of each picture."""
    r = settings.restarts
    y = problem.y.repeat_interleave(r, 0)
    z = nn.Parameter(start.clone())
    logits = nn.Parameter(torch.full((len(y), *y.shape[2:]), settings.logit, device=y.device))
    optimiser = settings.optim.build([z, logits])
    for step in range(1, settings.steps + 1):
        fake = model.made(z)
        if step == 1:
            require_fit(problem, fake)
        loss = objective(settings, y, fake, logits, model.scores(fake))
        z.grad, logits.grad = torch.autograd.grad(loss.sum(), [z, logits])
        optimiser.step()
        z.data.copy_(model.latent.project(z.data))
        done(step)
    with torch.no_grad():
        fake = model.in_float32.made(z)
        loss = objective(settings, y, fake, logits, model.in_float32.scores(fake))
    best = loss.view(-1, r).nan_to_num(nan=math.inf).argmin(1)
    rows = torch.arange(len(problem), device=y.device) * r + best
    result = fake[rows], z.detach()[rows], logits.detach().sigmoid()[rows], loss[rows]
    return dict(zip(RESULT_FIELDS, result, strict=True))


def objective(settings: RobustInversion, y: Tensor, fake: Tensor, logits: Tensor, score: Tensor) -> Tensor:
    """Return the objective of each of n rows, (n,), with M = sigmoid(logits):

        sum (1 - M)^2 (y - fake)^2 + weight * sum M - realism * score

    `y` and `fake`, the pictures G(z), are (n, C, H, W), `logits` are (n, H, W), one for all channels, and
    `score`, D(G(z)), is (n,).  The first sum is over pixels and channels, the second over pixels.
    """
    mask = logits.sigmoid()
    unexplained = ((1 - mask).square() * (y - fake).square().sum(1)).sum((1, 2))
    return unexplained + settings.weight * mask.sum((1, 2)) - settings.realism * score
