"""Combine the restarts of a search: the best, their mean, and distinct solutions in order of loss."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sparring.inverse.problem import Problem

DISTINCT_RMS = 0.2
"""Least root mean square difference of distinct solutions over the missing values, in a range of 2."""

Trace = tuple[tuple[int, Tensor], ...]


@dataclass(frozen=True)
class Completion:
    """The result of a search for n pictures; tensors on the CPU.

    >>> from sparring.inverse import solve
    >>> G = torch.nn.Sequential(torch.nn.Linear(3, 64), torch.nn.Tanh(), torch.nn.Unflatten(1, (1, 8, 8)))
    >>> solution = solve(G, lambda x: x[..., :4], torch.zeros(2, 1, 8, 4), latent=3, steps=5)
    >>> solution.raw.shape, solution.z.shape, solution.residual.shape
    (torch.Size([2, 1, 8, 8]), torch.Size([2, 3]), torch.Size([2]))
    """

    raw: Tensor
    """The generator's pictures, float32 (n, C, H, W) in [-1, 1], known pixels included; not yet blended."""
    z: Tensor
    """The latent of least loss, (n, size); `raw` is G(z) if the preset's temperature is 0."""
    loss: Tensor
    """The least loss over the restarts, (n,)."""
    residual: Tensor
    """Root mean square of A(raw) - y over the known values, (n,), in the pictures' units (range 2)."""
    trace: Trace
    """(steps taken, the least loss over the restarts (n,)), at about ten points of the search."""
    spread: Tensor
    """Standard deviation over the restarts of each value of G(z), (n, H, W), root mean square over channels,
    in a range of 2; 0 for one restart."""
    kept: tuple[Solutions, ...] = ()
    """For each picture its distinct solutions, the best first; empty if none were requested."""
    earlier_seconds: float = 0.0
    """Seconds that an earlier, stopped call spent on this result."""


@dataclass(frozen=True)
class Solutions:
    """The k distinct solutions for one picture, at most as many as requested."""

    raw: Tensor
    """(k, C, H, W) in [-1, 1]."""
    z: Tensor
    """(k, size)."""
    loss: Tensor
    """(k,), in ascending order."""


def combine_restarts(
    problem: Problem, z: Tensor, fake: Tensor, loss: Tensor, temperature: float, trace: Trace, keep: int
) -> Completion:
    """Return the completion of p pictures from r restarts each, on the device of the arguments.

    `z` is (p, r, size), `fake` (p, r, C, H, W) the pictures G(z) and `loss` (p, r); a loss of NaN counts as
    infinite.  `z` and `loss` of the result are those of the restart of least loss.  `raw` is its picture if
    `temperature` is 0, otherwise the mean of all restarts' pictures with weights softmax(-loss / (temperature
    * |least loss|)).  `kept` has at most `keep` `distinct_solutions` of each picture, on the CPU, and is
    empty if `keep` is 0.  `trace` is passed on.
    """
    comparable = loss.nan_to_num(nan=math.inf)
    best = comparable.argmin(1)
    each = torch.arange(len(best), device=best.device)
    raw = fake[each, best]
    if temperature > 0:
        least = comparable.amin(1, keepdim=True)
        share = torch.softmax((least - comparable) / (temperature * least.abs().clamp(min=1e-9)), 1)
        raw = (share[:, :, None, None, None] * fake).sum(1)
    spread = fake.var(1, correction=0).mean(1).sqrt()
    kept = (
        tuple(distinct_solutions(problem, i, z[i], fake[i], comparable[i], keep) for i in range(len(z)))
        if keep
        else ()
    )
    return Completion(raw, z[each, best], loss[each, best], problem.residual(raw), trace, spread, kept)


def replace_rows(first: Completion, second: Completion, rows: Tensor) -> Completion:
    """Return `first` with the results of the pictures where `rows`, bool (n,), is True taken from `second`.

    Both are results for the same n pictures; `trace` and `earlier_seconds` stay those of `first`.
    """

    def select(old: Tensor, new: Tensor) -> Tensor:
        return torch.where(rows.view(-1, *[1] * (old.dim() - 1)), new, old)

    both = zip(first.kept, second.kept, strict=True)
    return replace(
        first,
        raw=select(first.raw, second.raw),
        z=select(first.z, second.z),
        loss=select(first.loss, second.loss),
        residual=select(first.residual, second.residual),
        spread=select(first.spread, second.spread),
        kept=tuple(new if rows[i] else old for i, (old, new) in enumerate(both)),
    )


def distinct_solutions(
    problem: Problem, i: int, z: Tensor, fake: Tensor, loss: Tensor, keep: int
) -> Solutions:
    """Return at most `keep`, 1 or more, distinct solutions of picture i among its r restarts, best first.

    `z` is (r, size), `fake` (r, C, H, W) and `loss` (r,).  In ascending order of loss a restart is chosen if
    its loss is finite, and the root mean square difference of its missing pixels from those of each restart
    chosen before is at least `DISTINCT_RMS`.  If no pixel is missing, or the mask is not of the pictures'
    size, all pixels are compared.  The result is on the CPU.
    """
    missing = problem.missing[i]
    hole = missing if missing.shape == fake.shape[2:] and missing.any() else torch.ones_like(fake[0, 0]) > 0
    values = fake.permute(0, 2, 3, 1)[:, hole].flatten(1)
    chosen: list[int] = []
    for row in loss.argsort().tolist():
        gaps = [float((values[row] - values[other]).square().mean().sqrt()) for other in chosen]
        if loss[row].isfinite() and all(gap >= DISTINCT_RMS for gap in gaps):
            chosen.append(row)
        if len(chosen) == keep:
            break
    return Solutions(fake[chosen].cpu(), z[chosen].cpu(), loss[chosen].cpu())


def concatenate_batches(parts: list[Completion], n: int) -> Completion:
    """Return the results of batches as one, on the CPU, cut to the first n pictures.

    The cut removes the repeats of the last batch.  The trace has the steps of the longest trace; a batch that
    ended earlier repeats its last losses.  `earlier_seconds` is the sum over the batches.
    """

    def concatenate(tensors: list[Tensor]) -> Tensor:
        return torch.cat([tensor.cpu() for tensor in tensors])[:n].contiguous()

    points = [step for step, _ in max((p.trace for p in parts), key=len)]
    traces = [
        dict(p.trace) | {step: p.trace[-1][1] for step in points if step > p.trace[-1][0]} for p in parts
    ]
    trace = tuple((step, concatenate([losses[step] for losses in traces])) for step in points)
    return Completion(
        raw=concatenate([p.raw for p in parts]),
        z=concatenate([p.z for p in parts]),
        loss=concatenate([p.loss for p in parts]),
        residual=concatenate([p.residual for p in parts]),
        trace=trace,
        spread=concatenate([p.spread for p in parts]),
        kept=tuple(solutions for p in parts for solutions in p.kept)[:n],
        earlier_seconds=sum(p.earlier_seconds for p in parts),
    )


def as_tensors(completion: Completion) -> dict[str, Tensor]:
    """Return a completion as tensors by name, for `from_tensors`; `earlier_seconds` is left out.

    "raw", "z", "loss", "residual" and "spread" are the fields of these names.  "steps", int64 (k,), and
    "trace", (k, n), are the steps and losses of the trace.  If there are distinct solutions, "kept", int64
    (n,), is their number for each picture, and "kept_raw", "kept_z" and "kept_loss" are the solutions of all
    pictures in one sequence.
    """
    tensors = {
        "raw": completion.raw,
        "z": completion.z,
        "loss": completion.loss,
        "residual": completion.residual,
        "spread": completion.spread,
        "steps": torch.tensor([step for step, _ in completion.trace]),
        "trace": torch.stack([loss for _, loss in completion.trace]),
    }
    if completion.kept:
        tensors |= {
            "kept": torch.tensor([len(solutions.raw) for solutions in completion.kept]),
            "kept_raw": torch.cat([solutions.raw for solutions in completion.kept]),
            "kept_z": torch.cat([solutions.z for solutions in completion.kept]),
            "kept_loss": torch.cat([solutions.loss for solutions in completion.kept]),
        }
    return tensors


def from_tensors(tensors: dict[str, Tensor], earlier: float) -> Completion:
    """Return the completion that `as_tensors` converted to `tensors`, with `earlier_seconds` = `earlier`."""
    kept: tuple[Solutions, ...] = ()
    if "kept" in tensors:
        counts = tensors["kept"].tolist()
        parts = (torch.split(tensors[f"kept_{name}"], counts) for name in ("raw", "z", "loss"))
        kept = tuple(Solutions(*solutions) for solutions in zip(*parts, strict=True))
    trace = tuple(zip(tensors["steps"].tolist(), tensors["trace"], strict=True))
    raw, z, loss, residual = (tensors[name] for name in ("raw", "z", "loss", "residual"))
    return Completion(raw, z, loss, residual, trace, tensors["spread"], kept, earlier)
