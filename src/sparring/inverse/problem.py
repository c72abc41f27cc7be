"""Inverse problems: the measurement y = A(x), its mask, and the damage A."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.inverse.operators.compose import Operator, rows


def identity(x: Tensor) -> Tensor:
    """Return x: the damage of pictures that only have missing pixels, which `Problem.missing` marks."""
    return x


def nothing_missing(pictures: Tensor) -> Tensor:
    """Return the mask of whole `pictures` (n, C, H, W): False everywhere, bool (n, H, W)."""
    return torch.zeros(len(pictures), *pictures.shape[2:], dtype=torch.bool)


@dataclass(frozen=True)
class Problem:
    """The measurements of n damaged pictures."""

    y: Tensor
    """The measurements, float32 (n, C', H', W'), 0 where unknown; pictures lie in [-1, 1]."""
    missing: Tensor
    """Mask of the unknown pixels of y, bool (n, H', W')."""
    damage: Operator = identity
    """The operator A."""

    def __len__(self) -> int:
        return len(self.y)

    def rows(self, index: Tensor) -> Problem:
        """Return the problem of the pictures at `index`, int64 (m,), with their masks and damages."""
        return Problem(self.y[index], self.missing[index], rows(self.damage, index))

    def batch(self, number: int, size: int) -> Problem:
        """Return batch `number`, from 0, of `size` pictures.

        The last batch is filled with repeats of the last picture.
        """
        index = torch.arange(number * size, (number + 1) * size, device=self.y.device)
        return self.rows(index.clamp(max=len(self) - 1))

    def repeated(self, times: int) -> Problem:
        """Repeat each picture `times` times, its copies together."""
        return self.rows(torch.arange(len(self), device=self.y.device).repeat_interleave(times))

    def residual(self, raw: Tensor) -> Tensor:
        """Return the root mean square of A(raw) - y over the known values, (n,), in a range of 2.

        `raw` are n pictures (n, C, H, W) in [-1, 1], before the damage A.
        """
        known = ~self.missing[:, None].expand_as(self.y)
        gap = torch.where(known, self.damage(raw) - self.y, 0.0)
        return (gap.square().sum((1, 2, 3)) / known.sum((1, 2, 3))).sqrt()


def problem(
    pictures: Tensor, missing: Tensor, damage: Operator = identity, device: torch.device | None = None
) -> Problem:
    """Return the problem of measured `pictures`, float (n, C', H', W'), with the mask `missing` (n, H', W').

    `missing` is bool, True where a pixel is unknown.  `pictures` are outputs of `damage`.  In the result y is
    float32 on `device` (None: where it is), and 0 where missing: those values are never used.  Raises
    `BadInput` for shapes that do not fit, and for a picture without known pixels.
    """
    if pictures.ndim != 4 or missing.shape != (len(pictures), *pictures.shape[2:]) or not len(pictures):
        mismatch = f"pictures {tuple(pictures.shape)} and masks {tuple(missing.shape)} do not fit"
        raise BadInput(f"{mismatch}; give (n, C, H, W) and (n, H, W)")
    if missing.flatten(1).all(1).any():
        raise BadInput("a picture has no known pixel; leave at least one")
    y = torch.where(missing[:, None], 0.0, pictures).to(device, torch.float32)
    return Problem(y, missing.to(device), damage)
