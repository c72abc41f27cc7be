"""Where searches begin: draws of the prior, the nearest of a bank of them, or what an encoder says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sparring.inverse.operators.compose import rows
from sparring.inverse.optimise import Field, require_fit
from sparring.inverse.presets import Preset
from sparring.inverse.problem import Problem

Starts = Callable[[Problem, int], Tensor]
"""From p pictures and a number r of restarts to z, (p * r, size), a picture's rows together."""

_BANK_ROWS = 256


@dataclass(frozen=True)
class Draws:
    """Draws of the prior that depend on the seed and on a picture's known pixels and mask alone."""

    field: Field
    seed: int

    def __call__(self, given: Problem, restarts: int) -> Tensor:
        rows = [
            self.field.latent.sample(restarts, own_generator(self.seed, y, hole))
            for y, hole in zip(given.y, given.missing, strict=True)
        ]
        return torch.cat(rows).to(given.y.device)


def own_generator(seed: int, y: Tensor, missing: Tensor) -> torch.Generator:
    """Random numbers of one damaged picture's own."""
    digest = hashlib.sha256(str(seed).encode())
    digest.update(y.cpu().numpy().tobytes())
    digest.update(missing.cpu().numpy().tobytes())
    return torch.Generator().manual_seed(int.from_bytes(digest.digest()[:8], "big") >> 1)


@dataclass(frozen=True)
class Bank:
    """The nearest of random z, the same for every picture, by what G and the damage make of them."""

    field: Field
    z: Tensor
    pictures: Tensor
    """What G makes of them, damaged where all pictures are damaged alike."""
    alike: bool
    preset: Preset

    def __call__(self, given: Problem, restarts: int) -> Tensor:
        """Those of least weighted squared error on what is known, plus prior."""
        score = self._errors(given) + self.preset.prior * self.field.latent.energy(self.z)
        return self.z[score.topk(restarts, largest=False).indices].flatten(0, 1)

    def _errors(self, given: Problem) -> Tensor:
        """Of each picture with each of the bank, but for a term of the picture's own, (p, k)."""
        if self.alike:
            return self._compared(given, self.pictures)
        each = [given.rows(torch.tensor([i], device=given.y.device)) for i in range(len(given))]
        return torch.cat([self._compared(one, _through(one, self.pictures)) for one in each])

    def _compared(self, given: Problem, seen: Tensor) -> Tensor:
        require_fit(given, seen)
        weight = self.preset.contextual.weight(given.missing)
        w, known, f = weight.expand_as(given.y).flatten(1), given.y.flatten(1), seen.flatten(1)
        # Sum of w (f - y)^2 without the term that is the same for all f.
        return w @ f.square().T - 2 * (w * known) @ f.T


@torch.no_grad()
def bank(field: Field, given: Problem, preset: Preset, seed: int) -> Bank:
    """As many draws as the preset says, and what G makes of them."""
    count = max(preset.bank, preset.restarts)
    z = field.latent.sample(count, torch.Generator().manual_seed(seed)).to(given.y.device)
    pictures = torch.cat([field.made(part) for part in torch.split(z, _BANK_ROWS)])
    alike = rows(given.damage, torch.zeros(1, dtype=torch.int64)) is given.damage
    return Bank(field, z, _through(given, pictures) if alike else pictures, alike, preset)


def _through(given: Problem, pictures: Tensor) -> Tensor:
    """What would be seen of them."""
    return torch.cat([given.damage(part) for part in torch.split(pictures, _BANK_ROWS)])


@dataclass(frozen=True)
class Encoded:
    """An encoder's answer, draws round it as wide as it is unsure, and for the rest other starts."""

    field: Field
    E: nn.Module
    """(n, C + 1, H, W), the picture and its mask, to mean and log deviation of z, (n, 2 * size)."""
    seed: int
    share: float
    """Of the restarts, that come from the encoder."""
    others: Starts

    @torch.no_grad()
    def __call__(self, given: Problem, restarts: int) -> Tensor:
        mean, deviation = gaussian(self.E(with_mask(given.y, given.missing)))
        count = max(1, round(self.share * restarts))
        noise = [
            torch.randn(count, mean.shape[1], generator=own_generator(self.seed, y, hole))
            for y, hole in zip(given.y, given.missing, strict=True)
        ]
        spread = torch.stack(noise).to(mean.device)
        spread[:, 0] = 0  # the first is the mean itself
        z = mean[:, None] + deviation[:, None] * spread
        z = self.field.latent.project(z.flatten(0, 1)).view_as(z)
        if count < restarts:
            rest = self.others(given, restarts - count).view(len(given), -1, z.shape[2])
            z = torch.cat([z, rest], 1)
        return z.flatten(0, 1)


def starts(field: Field, given: Problem, preset: Preset, seed: int, E: nn.Module | None) -> Starts:
    """Where a preset's searches of such pictures begin; with `E`, its share of them where that says."""
    if E is not None and round(preset.encoded * preset.restarts) == preset.restarts:
        return Encoded(field, E, seed, preset.encoded, Draws(field, seed))  # no bank for nobody
    plain: Starts = bank(field, given, preset, seed) if preset.bank else Draws(field, seed)
    return plain if E is None else Encoded(field, E, seed, preset.encoded, plain)


def with_mask(y: Tensor, missing: Tensor) -> Tensor:
    """What an encoder sees: (n, C + 1, H, W), the last channel 1 where missing; y is 0 there."""
    return torch.cat([y, missing[:, None].to(y.dtype)], 1)


def gaussian(out: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation, (n, size) each, of an encoder's output (n, 2 * size)."""
    mean, log_deviation = out.chunk(2, 1)
    return mean, log_deviation.clamp(-5, 1).exp()
