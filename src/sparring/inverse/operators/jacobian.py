"""The linearisation of a damage at a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sparring.inverse.operators.operator import Damage


@dataclass(frozen=True)
class Tangent:
    """A damage A at pictures x: the value A(x), and products with A's Jacobian J at x.

    `value` is A(x), (n, C', H', W').  `forward` maps h (n, C, H, W) to J h, of A(x)'s shape, and `back` maps
    v of that shape to J^T v, (n, C, H, W).

    The Jacobian is computed as the transpose of its transpose, by two backward passes: forward mode is
    several times slower, since it lacks compiled kernels.
    """

    value: Tensor
    back: Callable[[Tensor], Tensor]
    forward: Callable[[Tensor], Tensor]


def tangent(damage: Damage, x: Tensor) -> Tangent:
    """Return A(x), and products with the Jacobian of A at x, for the damage A and pictures x (n, C, H, W).

    Where a damage rounds, its gradient is 1 (straight through).
    """
    result: Any = torch.func.vjp(damage, x)
    value, pull = result

    def back(v: Tensor) -> Tensor:
        pulled: Tensor = pull(v)[0]
        return pulled

    push: Any = torch.func.vjp(back, torch.zeros_like(value))[1]
    return Tangent(value, back, lambda h: push(h)[0])
