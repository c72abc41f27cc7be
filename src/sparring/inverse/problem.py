"""What is known of damaged pictures: y = A(x), and which of y's values count."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.inverse.operators.compose import Operator, rows


def untouched(x: Tensor) -> Tensor:
    """The damage that does nothing: holes are in the weights."""
    return x


@dataclass(frozen=True)
class Problem:
    """n damaged pictures."""

    y: Tensor
    """What is seen, float32 (n, C', H', W'), 0 where it is not known; pictures lie in [-1, 1]."""
    missing: Tensor
    """What of it is not known, bool (n, H', W')."""
    damage: Operator = untouched
    """What was done to pictures before that."""

    def __len__(self) -> int:
        return len(self.y)

    def rows(self, index: Tensor) -> Problem:
        """Some of the pictures."""
        return Problem(self.y[index], self.missing[index], rows(self.damage, index))

    def batch(self, number: int, size: int) -> Problem:
        """The pictures of a batch of `size`, the last one filled up with repeats."""
        index = torch.arange(number * size, (number + 1) * size, device=self.y.device)
        return self.rows(index.clamp(max=len(self) - 1))

    def repeated(self, times: int) -> Problem:
        """Each picture so many times, its copies together."""
        return self.rows(torch.arange(len(self), device=self.y.device).repeat_interleave(times))

    def residual(self, raw: Tensor) -> Tensor:
        """Root mean square of A(raw) - y over the known values, (n,), in the pictures' units."""
        known = ~self.missing[:, None].expand_as(self.y)
        gap = torch.where(known, self.damage(raw) - self.y, 0.0)
        return (gap.square().sum((1, 2, 3)) / known.sum((1, 2, 3))).sqrt()


def problem(
    pictures: Tensor, missing: Tensor, damage: Operator = untouched, device: torch.device | None = None
) -> Problem:
    """What is seen of `pictures`, float (n, C', H', W'), where not `missing`, bool (n, H', W').

    What lies under the mask is never read.  Raises `BadInput` for shapes that do not fit, and where nothing
    is known of a picture.
    """
    if pictures.ndim != 4 or missing.shape != (len(pictures), *pictures.shape[2:]) or not len(pictures):
        found = f"pictures {tuple(pictures.shape)} and masks {tuple(missing.shape)} do not fit"
        raise BadInput(f"{found}; expected (n, C, H, W) and (n, H, W)")
    if missing.flatten(1).all(1).any():
        raise BadInput("a picture has no known pixel; completion needs some")
    y = torch.where(missing[:, None], 0.0, pictures).to(device, torch.float32)
    return Problem(y, missing.to(device), damage)
