"""Conjugate gradients for many right-hand sides at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

TOLERANCE = 1e-3
"""Conjugate gradients end at this residual, relative to the right-hand side."""

ITERATIONS = 200
"""At most so many of them."""


def solved(apply: Callable[[Tensor], Tensor], b: Tensor, near: Callable[[Tensor], Tensor]) -> Tensor:
    """M^-1 b for each of n right-hand sides, (n, ...), by preconditioned conjugate gradients.

    `apply` is M and `near` about its inverse, both symmetric, positive and a picture at a time.  Each ends on
    its own (Hestenes and Stiefel 1952).
    """

    def product(a: Tensor, c: Tensor) -> Tensor:
        return (a * c).flatten(1).sum(1).view(-1, *[1] * (b.ndim - 1))

    x, left = torch.zeros_like(b), b
    z = near(left)
    direction, size = z, product(left, z)
    goal = TOLERANCE**2 * product(b, b)
    for _ in range(ITERATIONS):
        open_ = (product(left, left) > goal) & (size > 0)
        if not open_.any():
            break
        image = apply(direction)
        along = torch.where(open_, size / product(direction, image), 0.0)
        x, left = x + along * direction, left - along * image
        z = near(left)
        new = product(left, z)
        direction = torch.where(open_, z + torch.where(open_, new / size, 0.0) * direction, direction)
        size = torch.where(open_, new, size)
    return x
