"""Starting points of searches: draws of the prior, the nearest of a bank of draws, or an encoder's output."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sparring.inverse.operators.compose import rows
from sparring.inverse.optimise import FrozenModel, require_fit
from sparring.inverse.presets import Preset
from sparring.inverse.problem import Problem

Starts = Callable[[Problem, int], Tensor]
"""From a problem of p pictures and a number r of restarts to the starting points z, (p * r, size).

Rows k * r to (k + 1) * r - 1 belong to picture k."""

_BANK_ROWS = 256


@dataclass(frozen=True)
class PriorStarts:
    """Start from draws of the prior that depend only on the seed and a picture's known pixels and mask."""

    model: FrozenModel
    seed: int

    def __call__(self, problem: Problem, restarts: int) -> Tensor:
        rows = [
            self.model.latent.sample(restarts, picture_random(self.seed, y, hole))
            for y, hole in zip(problem.y, problem.missing, strict=True)
        ]
        return torch.cat(rows).to(problem.y.device)


def picture_random(seed: int, y: Tensor, missing: Tensor) -> torch.Generator:
    """Return a random generator, on the CPU, seeded by SHA-256 of `seed`, all of `y` and `missing`.

    `y` is one measurement (C', H', W') and `missing` its mask, bool (H', W').  All values of `y` count, so
    that the seed depends only on known pixels if `y` is 0 where missing, as in a `Problem`.
    """
    digest = hashlib.sha256(str(seed).encode())
    digest.update(y.cpu().numpy().tobytes())
    digest.update(missing.cpu().numpy().tobytes())
    return torch.Generator().manual_seed(int.from_bytes(digest.digest()[:8], "big") >> 1)


@dataclass(frozen=True)
class Bank:
    """Start from the best of a bank of k random z, which all pictures share.

    For each picture they are the z of least weighted squared error of A(G(z)) on the known values, plus the
    weighted prior energy.
    """

    model: FrozenModel
    z: Tensor
    pictures: Tensor
    """(k, ...): A(G(z)) if `same_damage`, else G(z)."""
    same_damage: bool
    """Whether the damage is the same for all pictures of the problem."""
    preset: Preset

    def __call__(self, problem: Problem, restarts: int) -> Tensor:
        """Return the `restarts` best z of each picture, the best first, (p * restarts, size).

        The score is the sum of weight * (A(G(z)) - y)^2 over pixels and channels, with the weights of
        `preset.contextual`, plus `preset.prior` times the prior's energy of z.  `restarts` is at most k.
        """
        score = self._errors(problem) + self.preset.prior * self.model.latent.energy(self.z)
        return self.z[score.topk(restarts, largest=False).indices].flatten(0, 1)

    def _errors(self, problem: Problem) -> Tensor:
        """Return the error of each picture with each of the bank, up to a constant per picture, (p, k)."""
        if self.same_damage:
            return self._squared_errors(problem, self.pictures)
        problems = [problem.rows(torch.tensor([i], device=problem.y.device)) for i in range(len(problem))]
        return torch.cat([self._squared_errors(part, _damaged(part, self.pictures)) for part in problems])

    def _squared_errors(self, problem: Problem, damaged: Tensor) -> Tensor:
        require_fit(problem, damaged)
        weight = self.preset.contextual.weight(problem.missing)
        w, known, f = weight.expand_as(problem.y).flatten(1), problem.y.flatten(1), damaged.flatten(1)
        # Sum of w (f - y)^2 without the term that is the same for all f.
        return w @ f.square().T - 2 * (w * known) @ f.T


@torch.no_grad()
def bank(model: FrozenModel, problem: Problem, preset: Preset, seed: int) -> Bank:
    """Return a bank of max(preset.bank, preset.restarts) draws of the prior by `seed`, with their pictures.

    The pictures are computed in batches, without gradients, on the device of `problem.y`.
    """
    count = max(preset.bank, preset.restarts)
    z = model.latent.sample(count, torch.Generator().manual_seed(seed)).to(problem.y.device)
    pictures = torch.cat([model.made(part) for part in torch.split(z, _BANK_ROWS)])
    alike = rows(problem.damage, torch.zeros(1, dtype=torch.int64)) is problem.damage
    return Bank(model, z, _damaged(problem, pictures) if alike else pictures, alike, preset)


def _damaged(problem: Problem, pictures: Tensor) -> Tensor:
    """Return the pictures as the damage changes them."""
    return torch.cat([problem.damage(part) for part in torch.split(pictures, _BANK_ROWS)])


@dataclass(frozen=True)
class EncoderStarts:
    """Start from an encoder's mean and from draws of its normal; the remaining starts come from `others`.

    Of r restarts of a picture max(1, round(share * r)) start from the encoder: the first from the mean, the
    others from mean + std * N(0, I), drawn as by `picture_random`; all are projected onto the prior's
    support.
    """

    model: FrozenModel
    E: nn.Module
    """From picture and mask, (n, C + 1, H, W), to mean and log standard deviation of z, (n, 2 * size)."""
    seed: int
    share: float
    """Share of the restarts that start from the encoder."""
    others: Starts

    @torch.no_grad()
    def __call__(self, problem: Problem, restarts: int) -> Tensor:
        mean, std = gaussian(self.E(with_mask(problem.y, problem.missing)))
        count = max(1, round(self.share * restarts))
        noise = [
            torch.randn(count, mean.shape[1], generator=picture_random(self.seed, y, hole))
            for y, hole in zip(problem.y, problem.missing, strict=True)
        ]
        spread = torch.stack(noise).to(mean.device)
        spread[:, 0] = 0  # the first start is the mean itself
        z = mean[:, None] + std[:, None] * spread
        z = self.model.latent.project(z.flatten(0, 1)).view_as(z)
        if count < restarts:
            rest = self.others(problem, restarts - count).view(len(problem), -1, z.shape[2])
            z = torch.cat([z, rest], 1)
        return z.flatten(0, 1)


def starts(model: FrozenModel, problem: Problem, preset: Preset, seed: int) -> Starts:
    """Return the function from a problem and a number of restarts to starting points that `preset` asks for.

    Without an encoder in `model` it is a `Bank` if `preset.bank` is above 0, otherwise `PriorStarts`.  With
    one it is `EncoderStarts` of the share `preset.encoder_share`, but at least one restart, and the rest as
    without an encoder.
    """
    E = model.E
    if E is not None and round(preset.encoder_share * preset.restarts) == preset.restarts:
        return EncoderStarts(
            model, E, seed, preset.encoder_share, PriorStarts(model, seed)
        )  # no start needs the bank
    others: Starts = bank(model, problem, preset, seed) if preset.bank else PriorStarts(model, seed)
    return others if E is None else EncoderStarts(model, E, seed, preset.encoder_share, others)


def with_mask(y: Tensor, missing: Tensor) -> Tensor:
    """Return an encoder's input (n, C + 1, H, W): `y` and a last channel that is 1 where missing, else 0.

    `y` is (n, C, H, W) and must already be 0 where missing; `missing` is bool (n, H, W).
    """
    return torch.cat([y, missing[:, None].to(y.dtype)], 1)


def gaussian(out: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of z, (n, size) each, from an encoder's output (n, 2 * size).

    The first half of a row is the mean; the standard deviation is exp of the second half, which is first
    clamped to [-5, 1].
    """
    mean, log_std = out.chunk(2, 1)
    return mean, log_std.clamp(-5, 1).exp()
