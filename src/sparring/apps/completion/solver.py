"""The search for z: G(z) shall agree with the known pixels, look real and be likely.

A picture's result does not depend on the pictures beside it.  Its starting points come from the seed and a
digest of its own known pixels and mask, or from a bank that depends on the seed alone; losses are summed
picture by picture; and since a processor may sum in another order for another batch size, every batch of a
call has the same size, the last one filled up with repeats.  Another `batch` gives the same result but for
rounding.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from sparring.apps.completion.presets import Preset
from sparring.core.errors import BadInput
from sparring.core.latent import Latent

ROWS = 32
"""Searches that run as one batch unless `batch` says otherwise."""

_BANK_ROWS = 256


@dataclass(frozen=True)
class Completion:
    """What the search found, for n pictures; tensors on the CPU."""

    raw: Tensor
    """The generator's pictures, float32 (n, C, H, W) in [-1, 1], known pixels included; not yet composed."""
    z: Tensor
    """The latent of least loss, (n, size); `raw` is G(z) unless the preset averages restarts."""
    loss: Tensor
    """The least loss over the restarts, (n,)."""
    residual: Tensor
    """Root mean square of raw - y over the known values, (n,), in the pictures' units (their range is 2)."""
    trace: tuple[tuple[int, Tensor], ...]
    """(steps taken, the least loss over the restarts (n,)), at about ten points of the search."""
    spread: Tensor
    """Standard deviation over the restarts, (n, H, W), root mean square over channels; 0 for one restart."""


def completed(
    G: nn.Module,
    D: nn.Module,
    latent: Latent,
    pictures: Tensor,
    missing: Tensor,
    preset: Preset,
    *,
    seed: int,
    steps: int | None = None,
    restarts: int | None = None,
    batch: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Completion:
    """Complete `pictures`, float (n, C, H, W) in [-1, 1], where `missing`, bool (n, H, W), is True.

    `G` takes z (n, latent.size) to pictures, `D` pictures to logits (n,); both are used frozen, in evaluation
    mode, and handed back as they came.  `steps` and `restarts` replace the preset's; `batch` is the number of
    pictures searched at once, by default as many as make `ROWS` searches.  What lies under the mask is never
    read.  `progress(done, total)` is called after every step.  Raises `BadInput` for shapes that do not fit.
    """
    preset = replace(preset, steps=_or(steps, preset.steps), restarts=_or(restarts, preset.restarts))
    size = _or(batch, max(1, ROWS // preset.restarts))
    _check(pictures, missing, preset, size)
    device = next((p.device for p in G.parameters()), torch.device("cpu"))
    y = torch.where(missing[:, None], 0.0, pictures).to(device, torch.float32)
    hole = missing.to(device)
    chunks = [torch.arange(i, i + size).clamp(max=len(y) - 1) for i in range(0, len(y), size)]
    with _frozen(G, D):
        search = _Search(G, D, latent, preset, seed, device)
        bank = search.bank() if preset.bank else None
        tick = _ticks(progress, len(chunks) * preset.steps)
        return _joined([search.solved(y[c], hole[c], bank, tick) for c in chunks], len(y))


def _or(given: int | None, usual: int) -> int:
    return usual if given is None else given


def _check(pictures: Tensor, missing: Tensor, preset: Preset, size: int) -> None:
    if pictures.ndim != 4 or missing.shape != (len(pictures), *pictures.shape[2:]) or not len(pictures):
        found = f"pictures {tuple(pictures.shape)} and masks {tuple(missing.shape)} do not fit"
        raise BadInput(f"{found}; expected (n, C, H, W) and (n, H, W)")
    if missing.flatten(1).all(1).any():
        raise BadInput("a picture has no known pixel; completion needs some")
    for number, name in ((preset.steps, "steps"), (preset.restarts, "restarts"), (size, "batch")):
        if number < 1:
            raise BadInput(f"{name} is {number}; it must be at least 1")


@dataclass(frozen=True)
class _Bank:
    z: Tensor
    pictures: Tensor


@dataclass(frozen=True)
class _Search:
    """One preset on one pair of nets.  Of p pictures x r restarts, a picture's rows stand together."""

    G: nn.Module
    D: nn.Module
    latent: Latent
    preset: Preset
    seed: int
    device: torch.device

    @torch.no_grad()
    def bank(self) -> _Bank:
        """Random z, the same for every picture, and what G makes of them."""
        count = max(self.preset.bank, self.preset.restarts)
        z = self.latent.sample(count, torch.Generator().manual_seed(self.seed)).to(self.device)
        return _Bank(z, torch.cat([self.G(part) for part in torch.split(z, _BANK_ROWS)]))

    def solved(self, y: Tensor, missing: Tensor, bank: _Bank | None, tick: Callable[[], None]) -> Completion:
        """The result for one batch: y (p, C, H, W), 0 where missing, (p, H, W)."""
        weight = self.preset.contextual.weight(missing)
        if bank is None:
            start = torch.cat([self._drawn(a, hole) for a, hole in zip(y, missing, strict=True)])
        else:
            _check_shapes(bank.pictures, y)
            start = self._nearest(bank, y, weight)
        r = self.preset.restarts
        wanted, weights = y.repeat_interleave(r, 0), weight.repeat_interleave(r, 0)
        z, trace = self._descended(start, wanted, weights, tick)
        with torch.no_grad():
            fake = self.G(z)
            loss = self._loss(z, fake, wanted, weights).view(-1, r)
        trace.append((self.preset.steps, loss.amin(1)))
        z, fake = z.view(-1, r, z.shape[1]), fake.view(-1, r, *fake.shape[1:])
        return _answer(z, fake, loss, y, missing, self.preset.temperature, tuple(trace))

    def _drawn(self, y: Tensor, missing: Tensor) -> Tensor:
        """Draws of the prior that depend on the seed and on this picture's known pixels and mask alone."""
        digest = hashlib.sha256(str(self.seed).encode())
        digest.update(y.cpu().numpy().tobytes())
        digest.update(missing.cpu().numpy().tobytes())
        own = int.from_bytes(digest.digest()[:8], "big") >> 1
        return self.latent.sample(self.preset.restarts, torch.Generator().manual_seed(own)).to(self.device)

    def _nearest(self, bank: _Bank, y: Tensor, weight: Tensor) -> Tensor:
        """The z of the bank with the least weighted squared error on the known pixels plus prior."""
        w, known, f = weight.expand_as(y).flatten(1), y.flatten(1), bank.pictures.flatten(1)
        # Sum of w (f - y)^2 without the term that is the same for all f.
        error = w @ f.square().T - 2 * (w * known) @ f.T
        score = error + self.preset.prior * self.latent.energy(bank.z)
        return bank.z[score.topk(self.preset.restarts, largest=False).indices].flatten(0, 1)

    def _descended(
        self, start: Tensor, y: Tensor, weight: Tensor, tick: Callable[[], None]
    ) -> tuple[Tensor, list[tuple[int, Tensor]]]:
        """The last z and the trace of losses."""
        z, steps = nn.Parameter(start.clone()), self.preset.steps
        optimiser = self.preset.optim.build([z])
        rates = [group["lr"] for group in optimiser.param_groups]
        trace = []
        for step in range(steps):
            if self.preset.cosine:
                for group, rate in zip(optimiser.param_groups, rates, strict=True):
                    group["lr"] = rate * (1 + math.cos(math.pi * step / steps)) / 2
            fake = self.G(z)
            if step == 0:
                _check_shapes(fake, y)
            loss = self._loss(z, fake, y, weight)
            if step % max(1, steps // 10) == 0:
                trace.append((step, loss.detach().view(-1, self.preset.restarts).amin(1)))
            (z.grad,) = torch.autograd.grad(loss.sum(), z)
            optimiser.step()
            with torch.no_grad():
                z.copy_(self.latent.project(z))
            tick()
        return z.detach(), trace

    def _loss(self, z: Tensor, fake: Tensor, y: Tensor, weight: Tensor) -> Tensor:
        loss = self.preset.contextual(fake, y, weight)
        if self.preset.perceptual is not None:
            loss = loss + self.preset.perceptual(self.D(fake))
        return loss + self.preset.prior * self.latent.energy(z) if self.preset.prior else loss


def _check_shapes(fake: Tensor, y: Tensor) -> None:
    if fake.shape[1:] != y.shape[1:]:
        made, given = (" x ".join(map(str, shape[1:])) for shape in (fake.shape, y.shape))
        raise BadInput(f"the pictures are {given}, the generator makes {made} (channels x height x width)")


@contextmanager
def _frozen(*nets: nn.Module) -> Iterator[None]:
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


def _ticks(progress: Callable[[int, int], None] | None, total: int) -> Callable[[], None]:
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return tick


def _answer(
    z: Tensor,
    fake: Tensor,
    loss: Tensor,
    y: Tensor,
    missing: Tensor,
    temperature: float,
    trace: tuple[tuple[int, Tensor], ...],
) -> Completion:
    """The restarts' verdict, from z (p, r, size), fake (p, r, C, H, W) and loss (p, r)."""
    comparable = loss.nan_to_num(nan=math.inf)
    best = comparable.argmin(1)
    each = torch.arange(len(best), device=best.device)
    raw = fake[each, best]
    if temperature > 0:
        least = comparable.amin(1, keepdim=True)
        share = torch.softmax((least - comparable) / (temperature * least.abs().clamp(min=1e-9)), 1)
        raw = (share[:, :, None, None, None] * fake).sum(1)
    known = ~missing[:, None].expand_as(y)
    square = torch.where(known, raw - y, 0.0).square().sum((1, 2, 3)) / known.sum((1, 2, 3))
    spread = fake.var(1, correction=0).mean(1).sqrt()
    return Completion(raw, z[each, best], loss[each, best], square.sqrt(), trace, spread)


def _joined(parts: list[Completion], n: int) -> Completion:
    """The batches' results in order, on the CPU, without the repeats that filled the last batch."""

    def whole(tensors: list[Tensor]) -> Tensor:
        return torch.cat(tensors)[:n].cpu()

    points = [step for step, _ in parts[0].trace]
    trace = tuple((step, whole([p.trace[i][1] for p in parts])) for i, step in enumerate(points))
    return Completion(
        raw=whole([p.raw for p in parts]),
        z=whole([p.z for p in parts]),
        loss=whole([p.loss for p in parts]),
        residual=whole([p.residual for p in parts]),
        trace=trace,
        spread=whole([p.spread for p in parts]),
    )
