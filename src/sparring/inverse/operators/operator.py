"""What every damage can do, and what damages are written with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor


class Damage(Protocol):
    """A map of pictures that a search can differentiate, and the damage that it stands for.

    Pictures are (n, C, H, W) in [-1, 1]; damaged ones (n, C', H', W'), and those of linear damages may leave
    that range.  A picture's result does not depend on the pictures beside it.
    """

    @property
    def noise(self) -> float:
        """Standard deviation of what noise `degraded` adds, in the pictures' units (their range is 2)."""
        ...

    def __call__(self, x: Tensor) -> Tensor:
        """The damaged pictures without noise; `BadInput` for pictures that the damage does not fit.

        Rounding is exact forwards and has slope 1 backwards (straight through), the staircase's mean slope.
        """
        ...

    def degraded(self, x: Tensor, random: torch.Generator) -> Tensor:
        """What really becomes of the pictures: real files, noise from `random`, a generator on the CPU.

        The k-th picture of a batch gets the same noise however many follow it.  Gradients are not promised.
        """
        ...

    def carried(self, weight: Tensor) -> Tensor:
        """The weights of damaged pixels, (m, 1, H', W'), from those of the pictures', (m, 1, H, W) in [0, 1].

        For a filter, the share that known pixels have in the sum of its absolute coefficients: 0 exactly
        where a damaged pixel is made of missing ones alone, 1 exactly where of known ones alone.  What does
        not move pixels leaves their weights.
        """
        ...

    def known(self, shape: Sequence[int]) -> Tensor:
        """`carried` of whole pictures of `shape`, which ends in (H, W): float32, (n or 1, 1, H', W').

        1 where damaged pixels carry data, 0 where they are missing; n where the damage differs by picture.
        """
        ...


def whole(shape: Sequence[int]) -> Tensor:
    """Weights of pictures of which nothing is missing, float32 (1, 1, H, W); `shape` ends in (H, W)."""
    return torch.ones(1, 1, *shape[-2:])


def straight(value: Tensor, smooth: Tensor) -> Tensor:
    """`value`, with the slopes of `smooth` (Bengio et al. 2013, arXiv:1308.3432, straight-through)."""
    return smooth + (value - smooth).detach()


def size(x: Tensor) -> str:
    """Height and width in words, such as 48x64."""
    return f"{x.shape[-2]}x{x.shape[-1]}"
