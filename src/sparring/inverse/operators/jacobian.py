"""A damage near a picture, as a linear map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sparring.inverse.operators.operator import Damage


@dataclass(frozen=True)
class Tangent:
    """A damage near a picture: its value, and its Jacobian both ways.

    The Jacobian is the transpose of its transpose, which is linear: two backward passes, where forward mode
    is several times slower for want of compiled kernels.
    """

    value: Tensor
    back: Callable[[Tensor], Tensor]
    forward: Callable[[Tensor], Tensor]


def tangent(damage: Damage, x: Tensor) -> Tangent:
    """The tangent at x, (n, C, H, W)."""
    found: Any = torch.func.vjp(damage, x)
    value, pull = found

    def back(v: Tensor) -> Tensor:
        pulled: Tensor = pull(v)[0]
        return pulled

    push: Any = torch.func.vjp(back, torch.zeros_like(value))[1]
    return Tangent(value, back, lambda h: push(h)[0])
