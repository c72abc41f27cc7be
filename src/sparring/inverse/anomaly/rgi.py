"""Robust inversion: find z and, with it, the mask of what the generator cannot explain.

    min over z, M of   sum (1 - M)^2 (x - G(z))^2  +  weight * sum M  -  realism * D(G(z))

M lies in [0, 1], the sigmoid of free logits, one for each pixel and the same for its channels.  With an error
of r^2, summed over channels, M = 1 - weight / (2 r^2) is best where that is above 0: with 0.07 a grey pixel
begins to be given up at r = 0.19 of a range of 2, and is more given up than kept from 0.26.  Mou et al. 2023,
RGI, arXiv:2302.12464.  The squared norm is our choice of theirs: by it every pixel is judged for itself.
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
from sparring.inverse.cache import Part, Store, names, searched
from sparring.inverse.initial import Draws, Encoded, Starts, bank
from sparring.inverse.optimise import Field, require_fit
from sparring.inverse.presets import Contextual, Preset
from sparring.inverse.problem import Problem, problem
from sparring.inverse.solver import at_once, frozen

FOUND = ("raw", "z", "mask", "loss")
"""What `Healed` holds, by name."""


@dataclass(frozen=True)
class Healing:
    """The settings of a robust inversion; as published but for the bank, where it begins."""

    weight: float = 0.07
    """Of the mask's sum: the larger, the less is given up."""
    realism: float = 0.1
    """Of the critic's score."""
    optim: Optim = field(default_factory=lambda: Adam(0.1, (0.9, 0.999)))
    """Moves z and the mask's logits."""
    steps: int = 2000
    restarts: int = 1
    """Searches a picture; the one of least loss is the answer."""
    bank: int = 1024
    """Start from those of so many random z whose pictures agree best; 0: draw."""
    logit: float = 0.0
    """Of the mask at the start, everywhere: 0 gives every pixel half its weight."""

    bf16: bool = False
    """Whether G and D compute in bfloat16 while searching; the answer is made in float32."""

    def __post_init__(self) -> None:
        for name, value, least in (("steps", self.steps, 1), ("restarts", self.restarts, 1)):
            if value < least:
                raise BadInput(f"{name} is {value}; it must be at least {least}")
        if self.weight <= 0:
            raise BadInput(f"weight is {self.weight}; it must be above 0, or all of a picture is given up")


@dataclass(frozen=True)
class Healed:
    """What was found for n pictures; tensors on the CPU."""

    raw: Tensor
    """G(z), float32 (n, C, H, W) in [-1, 1]: the pictures without their damage."""
    z: Tensor
    """(n, size)."""
    mask: Tensor
    """What the generator cannot explain, (n, H, W) in [0, 1]: 1 where a pixel is given up."""
    loss: Tensor
    """(n,), the objective at the end."""

    @property
    def missing(self) -> Tensor:
        """The mask as a hole, bool (n, H, W)."""
        return self.mask > 0.5


def healed(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    how: Healing,
    *,
    seed: int,
    E: nn.Module | None = None,
    batch: int | None = None,
    kept: Store | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Healed:
    """Find the damage of `pictures`, float (n, C, H, W) in [-1, 1], and what they were without it.

    `G`, `D`, `E`, `batch`, `kept` and `progress` are those of `completed`; with `E` half of the searches, and
    a single one, begin where it says.  A picture's result does not depend on the pictures beside it.  Raises
    `BadInput` for shapes that do not fit.
    """
    if batch is not None and batch < 1:
        raise BadInput(f"batch is {batch}; it must be at least 1")
    nowhere = torch.zeros(len(pictures), *pictures.shape[2:], dtype=torch.bool)
    whole, field = problem(pictures, nowhere, device=device_of(G)), Field(G, D, latent, how.bf16)
    with frozen(*([G, D] if E is None else [G, D, E])):
        size = at_once(field, how.restarts) if batch is None else batch
        parts = _parts(field, whole, how, seed, E, size, kept, progress)
    raw, z, mask, loss = (torch.cat([part[name].cpu() for part in parts])[: len(whole)] for name in FOUND)
    return Healed(raw, z, mask, loss)


def _parts(
    field: Field,
    whole: Problem,
    how: Healing,
    seed: int,
    E: nn.Module | None,
    size: int,
    kept: Store | None,
    progress: Callable[[int, int], None] | None,
) -> list[Part]:
    begin, total = _starts(field, whole, how, seed, E), -(-len(whole) // size) * how.steps

    def solved(number: int, part: Problem) -> Part:
        told = None if progress is None else _ticks(progress, number * how.steps, total)
        return _solved(field, part, how, begin(part, how.restarts), told)

    def named() -> list[str]:
        return names(field, E, (how, seed), whole, size)

    return [part for part, _ in searched(whole, size, solved, kept, named)]


def _ticks(progress: Callable[[int, int], None], done: int, total: int) -> Callable[[int], None]:
    return lambda step: progress(done + step, total)


def _starts(field: Field, whole: Problem, how: Healing, seed: int, E: nn.Module | None) -> Starts:
    plain: Starts = Draws(field, seed)
    if how.bank:
        plain = bank(field, whole, Preset(Contextual(), restarts=how.restarts, bank=how.bank), seed)
    return plain if E is None else Encoded(field, E, seed, 0.5, plain)


def _solved(
    field: Field, given: Problem, how: Healing, start: Tensor, told: Callable[[int], None] | None
) -> Part:
    """What `Healed` holds of a batch's best searches."""
    r = how.restarts
    y = given.y.repeat_interleave(r, 0)
    z = nn.Parameter(start.clone())
    logits = nn.Parameter(torch.full((len(y), *y.shape[2:]), how.logit, device=y.device))
    optimiser = how.optim.build([z, logits])
    for step in range(1, how.steps + 1):
        fake = field.made(z)
        if step == 1:
            require_fit(given, fake)
        loss = objective(how, y, fake, logits, field.scores(fake))
        z.grad, logits.grad = torch.autograd.grad(loss.sum(), [z, logits])
        optimiser.step()
        z.data.copy_(field.latent.project(z.data))
        if told is not None:
            told(step)
    with torch.no_grad():
        fake = field.exact.made(z)
        loss = objective(how, y, fake, logits, field.exact.scores(fake))
    best = loss.view(-1, r).nan_to_num(nan=math.inf).argmin(1)
    rows = torch.arange(len(given), device=y.device) * r + best
    found = fake[rows], z.detach()[rows], logits.detach().sigmoid()[rows], loss[rows]
    return dict(zip(FOUND, found, strict=True))


def objective(how: Healing, y: Tensor, fake: Tensor, logits: Tensor, score: Tensor) -> Tensor:
    """What is minimised, (n,), of pictures (n, C, H, W) twice, the mask's logits (n, H, W), scores (n,)."""
    mask = logits.sigmoid()
    unexplained = ((1 - mask).square() * (y - fake).square().sum(1)).sum((1, 2))
    return unexplained + how.weight * mask.sum((1, 2)) - how.realism * score
