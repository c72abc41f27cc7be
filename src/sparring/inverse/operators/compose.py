"""Compositions of damages, and custom damages."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.inverse.operators.operator import Damage, size_text
from sparring.inverse.operators.pixelwise import Mask

Operator = Callable[[Tensor], Tensor]
"""A `Damage`, or a differentiable map of (n, C, H, W) to (n, C', H', W') that acts alike on all pictures."""


@dataclass(frozen=True)
class Composed(Damage):
    """Damages applied in order; without parts, the identity.

    >>> from sparring.inverse.operators import Downsample, GaussianNoise
    >>> damage = Composed((Downsample(4), GaussianNoise(0.05)))
    >>> damage(torch.zeros(1, 3, 64, 64)).shape, damage.noise
    (torch.Size([1, 3, 16, 16]), 0.05)
    """

    parts: tuple[Damage, ...]

    @property
    def noise(self) -> float:
        """Root of the sum of squares of the parts' noise; too large if a later part averages the noise."""
        return math.hypot(*(part.noise for part in self.parts))

    def __call__(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x

    def degraded(self, x: Tensor, random: torch.Generator) -> Tensor:
        for part in self.parts:
            x = part.degraded(x, random)
        return x

    def propagate(self, weight: Tensor) -> Tensor:
        for part in self.parts:
            weight = part.propagate(weight)
        return weight


@dataclass(frozen=True)
class Custom(Damage):
    """A custom damage: any differentiable function that acts on each picture alone.

    >>> mirrored = Custom(lambda x: x.flip(-1), lambda weight: weight.flip(-1))
    >>> mirrored(torch.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[2., 1.]]]])
    """

    function: Callable[[Tensor], Tensor]
    """From (n, C, H, W) to (n, C', H', W')."""
    propagate_with: Callable[[Tensor], Tensor] | None = None
    """The effect of `function` on weights, (m, 1, H, W) to (m, 1, H', W'), see `Damage.propagate`; None:
    weights are unchanged, for functions that keep the size."""

    def __call__(self, x: Tensor) -> Tensor:
        y = self.function(x)
        if y.ndim != 4 or len(y) != len(x):
            actual, expected = tuple(y.shape), f"({len(x)}, C, H, W)"
            raise BadInput(f"the damage makes {actual} of pictures {tuple(x.shape)}; it must make {expected}")
        if self.propagate_with is None and y.shape[2:] != x.shape[2:]:
            raise BadInput(
                f"the damage makes {size_text(y)} of {size_text(x)}; "
                "give `propagate_with` too, which does the same to weights"
            )
        return y

    def propagate(self, weight: Tensor) -> Tensor:
        return weight if self.propagate_with is None else self.propagate_with(weight)


def rows(damage: Operator, index: Tensor) -> Operator:
    """Return the damage of the pictures at `index`, int64 (m,), out of the n pictures of `damage`.

    Of a `Mask` with a mask for each picture, also within a `Composed`, the masks at `index` are selected.  A
    damage that acts alike on all pictures is returned itself (the same object).
    """
    if isinstance(damage, Composed):
        parts: Any = tuple(rows(part, index) for part in damage.parts)
        alike = all(new is old for new, old in zip(parts, damage.parts, strict=True))
        return damage if alike else Composed(parts)
    if isinstance(damage, Mask) and len(damage.missing) > 1:
        return Mask(damage.missing[index.to(damage.missing.device)])
    return damage
