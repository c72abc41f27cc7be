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
    """A damage at a picture: its value, and products with its Jacobian (`forward`) and transpose (`back`).

    The Jacobian is computed as the transpose of its transpose, by two backward passes: forward mode is
    several times slower, since it lacks compiled kernels.
    """

    value: Tensor
    back: Callable[[Tensor], Tensor]
    forward: Callable[[Tensor], Tensor]


def tangent(damage: Damage, x: Tensor) -> Tangent:
    """Return the tangent of `damage` at x, (n, C, H, W)."""
    result: Any = torch.func.vjp(damage, x)
    value, pull = result

    def back(v: Tensor) -> Tensor:
        pulled: Tensor = pull(v)[0]
        return pulled

    push: Any = torch.func.vjp(back, torch.zeros_like(value))[1]
    return Tangent(value, back, lambda h: push(h)[0])
