"""What the restarts of a search say together: the best, their mean, and distinct ones in order."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sparring.inverse.problem import Problem

DISTINCT = 0.2
"""Root mean square difference over the missing values, in a range of 2, from which two solutions are two."""

Trace = tuple[tuple[int, Tensor], ...]


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
    """Root mean square of A(raw) - y over the known values, (n,), in the pictures' units (range 2)."""
    trace: Trace
    """(steps taken, the least loss over the restarts (n,)), at about ten points of the search."""
    spread: Tensor
    """Standard deviation over the restarts, (n, H, W), root mean square over channels; 0 for one restart."""
    kept: tuple[Ranked, ...] = ()
    """For each picture the distinct solutions that were asked for, the best first."""
    earlier: float = 0.0
    """Seconds that an earlier call, stopped since, spent on what is told here."""


@dataclass(frozen=True)
class Ranked:
    """Distinct solutions for one picture, at most as many as were asked for."""

    raw: Tensor
    """(k, C, H, W) in [-1, 1]."""
    z: Tensor
    """(k, size)."""
    loss: Tensor
    """(k,), rising."""


def answer(
    given: Problem, z: Tensor, fake: Tensor, loss: Tensor, temperature: float, trace: Trace, keep: int
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
    spread = fake.var(1, correction=0).mean(1).sqrt()
    kept = tuple(ranked(given, i, z[i], fake[i], comparable[i], keep) for i in range(len(z))) if keep else ()
    return Completion(raw, z[each, best], loss[each, best], given.residual(raw), trace, spread, kept)


def exchanged(first: Completion, second: Completion, rows: Tensor) -> Completion:
    """`first`, but the pictures of `rows`, bool (n,), as in `second`; the trace stays the first search's."""

    def chosen(one: Tensor, other: Tensor) -> Tensor:
        return torch.where(rows.view(-1, *[1] * (one.dim() - 1)), other, one)

    both = zip(first.kept, second.kept, strict=True)
    return replace(
        first,
        raw=chosen(first.raw, second.raw),
        z=chosen(first.z, second.z),
        loss=chosen(first.loss, second.loss),
        residual=chosen(first.residual, second.residual),
        spread=chosen(first.spread, second.spread),
        kept=tuple(other if rows[i] else one for i, (one, other) in enumerate(both)),
    )


def ranked(given: Problem, i: int, z: Tensor, fake: Tensor, loss: Tensor, keep: int) -> Ranked:
    """Picture i's solutions of least loss that differ from each other where it is missing.

    Where nothing is missing of the seen picture, they differ anywhere.
    """
    missing = given.missing[i]
    hole = missing if missing.shape == fake.shape[2:] and missing.any() else torch.ones_like(fake[0, 0]) > 0
    values = fake.permute(0, 2, 3, 1)[:, hole].flatten(1)
    chosen: list[int] = []
    for row in loss.argsort().tolist():
        gaps = [float((values[row] - values[other]).square().mean().sqrt()) for other in chosen]
        if loss[row].isfinite() and all(gap >= DISTINCT for gap in gaps):
            chosen.append(row)
        if len(chosen) == keep:
            break
    return Ranked(fake[chosen].cpu(), z[chosen].cpu(), loss[chosen].cpu())


def joined(parts: list[Completion], n: int) -> Completion:
    """The batches' results in order, on the CPU, without the repeats that filled the last batch."""

    def whole(tensors: list[Tensor]) -> Tensor:
        return torch.cat([tensor.cpu() for tensor in tensors])[:n].contiguous()

    points = [step for step, _ in max((p.trace for p in parts), key=len)]
    last = [dict(p.trace) | {step: p.trace[-1][1] for step in points if step > p.trace[-1][0]} for p in parts]
    trace = tuple((step, whole([found[step] for found in last])) for step in points)
    return Completion(
        raw=whole([p.raw for p in parts]),
        z=whole([p.z for p in parts]),
        loss=whole([p.loss for p in parts]),
        residual=whole([p.residual for p in parts]),
        trace=trace,
        spread=whole([p.spread for p in parts]),
        kept=tuple(one for p in parts for one in p.kept)[:n],
        earlier=sum(p.earlier for p in parts),
    )


def as_tensors(found: Completion) -> dict[str, Tensor]:
    """All that was found, by name, as `from_tensors` takes it."""
    tensors = {
        "raw": found.raw,
        "z": found.z,
        "loss": found.loss,
        "residual": found.residual,
        "spread": found.spread,
        "steps": torch.tensor([step for step, _ in found.trace]),
        "trace": torch.stack([loss for _, loss in found.trace]),
    }
    if found.kept:
        tensors |= {
            "kept": torch.tensor([len(one.raw) for one in found.kept]),
            "kept_raw": torch.cat([one.raw for one in found.kept]),
            "kept_z": torch.cat([one.z for one in found.kept]),
            "kept_loss": torch.cat([one.loss for one in found.kept]),
        }
    return tensors


def from_tensors(given: dict[str, Tensor], earlier: float) -> Completion:
    """What `as_tensors` told, and the seconds that an earlier call spent on it."""
    kept: tuple[Ranked, ...] = ()
    if "kept" in given:
        counts = given["kept"].tolist()
        parts = (torch.split(given[f"kept_{name}"], counts) for name in ("raw", "z", "loss"))
        kept = tuple(Ranked(*one) for one in zip(*parts, strict=True))
    trace = tuple(zip(given["steps"].tolist(), given["trace"], strict=True))
    raw, z, loss, residual = (given[name] for name in ("raw", "z", "loss", "residual"))
    return Completion(raw, z, loss, residual, trace, given["spread"], kept, earlier)
