"""The abstract damage, and functions that damages share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor


class Damage(ABC):
    """A differentiable map A of pictures, and the real damage that it models.

    Pictures are (n, C, H, W) in [-1, 1].  Damaged pictures are (n, C', H', W'); those of linear damages may
    leave that range.  A picture's result does not depend on the other pictures of the batch.  Unless a damage
    says otherwise, it adds no noise, the real damage is the map itself, and pixels do not move.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Darker(Damage):
    ...     def __call__(self, x: Tensor) -> Tensor:
    ...         return (x - 1) / 2
    >>> Darker()(torch.ones(1, 1, 2, 2)).unique()
    tensor([0.])
    """

    @property
    def noise(self) -> float:
        """Standard deviation of the noise that `degraded` adds, in the pictures' units (range 2)."""
        return 0.0

    @abstractmethod
    def __call__(self, x: Tensor) -> Tensor:
        """Return the damaged pictures without noise; `BadInput` for pictures that the damage does not fit.

        Rounding is exact in the forward pass and has gradient 1 in the backward pass (straight through).
        """

    def degraded(self, x: Tensor, random: torch.Generator) -> Tensor:
        """Damage the pictures for real: real files, and noise from `random`, a generator on the CPU.

        The noise of the k-th picture does not depend on the number of pictures.  Need not be differentiable.
        """
        return self(x)

    def propagate(self, weight: Tensor) -> Tensor:
        """Map the weights of pixels, (m, 1, H, W) in [0, 1], to those of damaged pixels, (m, 1, H', W').

        For a filter it is the share of known pixels in the sum of its absolute coefficients: exactly 0 where
        a damaged pixel depends only on missing pixels, exactly 1 where only on known ones.  A damage that
        does not move pixels leaves the weights unchanged.
        """
        return weight

    def known(self, shape: Sequence[int]) -> Tensor:
        """Return `propagate` of weights 1 for pictures of `shape`, ending in (H, W): float32 (k, 1, H', W').

        It is 1 where damaged pixels have data and 0 where they are missing.  k is n if the damage differs by
        picture, else 1.
        """
        return self.propagate(torch.ones(1, 1, *shape[-2:]))


def straight_through(value: Tensor, smooth: Tensor) -> Tensor:
    """Return a tensor equal to `value` whose gradient is that of `smooth`, of the same shape.

    It is smooth + (value - smooth).detach() (straight-through, Bengio et al. 2013, arXiv:1308.3432).
    """
    return smooth + (value - smooth).detach()


def size_text(x: Tensor) -> str:
    """Return the last two sides of x, height and width, as text such as "48x64"."""
    return f"{x.shape[-2]}x{x.shape[-1]}"
