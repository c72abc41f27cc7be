"""Linear damages: Gaussian blur, motion blur and downsampling.

At its borders a picture is mirrored with the border pixel doubled (half-sample symmetry, SciPy's `reflect`):
constants are unchanged, nothing wraps around, and the matrix of a symmetric blur is symmetric, so that a
Gaussian blur is its own adjoint and preserves every picture's mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.inverse.operators.operator import Damage, size_text

WIDEST = 100
"""Greatest width of a blur in pixels: a Gaussian's sigma, a motion's length."""


@dataclass(frozen=True)
class GaussianBlur(Damage):
    """Gaussian blur, with a kernel cut at 4 sigma.

    >>> blurred = GaussianBlur(1.0)(torch.eye(8)[None, None])
    >>> blurred.shape, round(float(blurred.sum()), 4)  # the mean is preserved
    (torch.Size([1, 1, 8, 8]), 8.0)
    """

    sigma: float
    """Standard deviation of the kernel in pixels, above 0 and at most `WIDEST`."""

    def __post_init__(self) -> None:
        if not 0 < self.sigma <= WIDEST:
            raise BadInput(f"a blur's sigma must be above 0 and at most {WIDEST} pixels, not {self.sigma:g}")

    def __call__(self, x: Tensor) -> Tensor:
        return _separable(x, *(_gaussian(side, self.sigma) for side in x.shape[2:]))

    def propagate(self, weight: Tensor) -> Tensor:
        return _round_weight(self(weight))


@dataclass(frozen=True)
class MotionBlur(Damage):
    """Motion blur: the mean of points one pixel apart on a line through each pixel, sampled bilinearly.

    >>> x = torch.zeros(1, 1, 1, 7)
    >>> x[..., 3] = 1.0
    >>> MotionBlur(3, angle=0.0)(x).round(decimals=4)
    tensor([[[[0.0000, 0.0000, 0.3333, 0.3333, 0.3333, 0.0000, 0.0000]]]])
    """

    length: int
    """Number of points on the line, 2 to `WIDEST`."""
    angle: float = 0.0
    """Degrees, anticlockwise from the horizontal."""

    def __post_init__(self) -> None:
        if not 2 <= self.length <= WIDEST:
            raise BadInput(f"a motion's length must be 2 to {WIDEST} pixels, not {self.length}")
        if not math.isfinite(self.angle):
            raise BadInput(f"a motion's angle must be a number of degrees, not {self.angle}")

    def __call__(self, x: Tensor) -> Tensor:
        kernel = line(self.length, self.angle).to(x)
        for axis, taps in ((2, kernel.shape[0]), (3, kernel.shape[1])):
            mirrored = np.pad(np.arange(x.shape[axis]), taps // 2, mode="symmetric")
            x = x.index_select(axis, torch.from_numpy(mirrored).to(x.device))
        # Planes as channels of one picture: about thirty times faster on a CPU than as a batch.
        planes = x.flatten(0, 1)[None]
        blurred = F.conv2d(planes, kernel.expand(planes.shape[1], 1, -1, -1), groups=planes.shape[1])
        return blurred.view(*x.shape[:2], *blurred.shape[2:])

    def propagate(self, weight: Tensor) -> Tensor:
        return _round_weight(self(weight))


@dataclass(frozen=True)
class Downsample(Damage):
    """Downsampling of both sides by `factor`: means of blocks, or Pillow's bicubic filter (a = -1/2).

    Both sides must be multiples of the factor.  Bicubic pictures may overshoot [-1, 1].

    >>> Downsample(2)(torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]]))
    tensor([[[[0.5000]]]])
    """

    factor: int
    """Whole number, 2 or more."""
    kind: Literal["area", "bicubic"] = "area"

    def __post_init__(self) -> None:
        if self.factor < 2:
            raise BadInput(f"the factor must be a whole number of 2 or more, not {self.factor}")
        if self.kind not in ("area", "bicubic"):
            raise BadInput(f"pictures are made smaller by 'area' or 'bicubic', not {self.kind!r}")

    def __call__(self, x: Tensor) -> Tensor:
        return _separable(x, *self._matrices(x))

    def propagate(self, weight: Tensor) -> Tensor:
        down, across = (matrix.abs() for matrix in self._matrices(weight))
        return _round_weight(
            _separable(weight, down, across) / torch.outer(down.sum(1), across.sum(1)).to(weight)
        )

    def _matrices(self, x: Tensor) -> list[Tensor]:
        if any(side % self.factor for side in x.shape[2:]):
            common = math.gcd(*x.shape[2:])
            divisors = ", ".join(str(d) for d in range(2, common + 1) if common % d == 0)
            hint = f"factors that do: {divisors}" if divisors else "no factor does; crop the pictures first"
            raise BadInput(f"{self.factor} does not divide both sides of pictures of {size_text(x)}; {hint}")
        return [_reduction(side, self.factor, self.kind) for side in x.shape[2:]]


def line(length: int, angle: float) -> Tensor:
    """Return the kernel of a motion blur, float64 (rows, columns) of odd sides and sum 1.

    It is the mean of `length` points one pixel apart, centred on the middle pixel, on a line at `angle`
    degrees anticlockwise from the horizontal; each point is shared bilinearly by its four nearest pixels.
    The kernel is symmetric under a half turn.
    """
    t, turn = np.arange(length) - (length - 1) / 2, math.radians(angle)
    hats = []
    for place in (-t * math.sin(turn), t * math.cos(turn)):  # rows count downwards
        reach = math.ceil(np.abs(place).max() - 1e-9)  # rounding of a vertical line must not add a column
        hats.append(np.clip(1 - np.abs(place[:, None] - np.arange(-reach, reach + 1)), 0, None))
    kernel = hats[0].T @ hats[1]
    return torch.from_numpy(kernel / kernel.sum())


def _separable(x: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """Apply one matrix along the columns and one along the rows: down x across^T."""
    return down.to(x) @ x @ across.to(x).T


def _round_weight(weight: Tensor) -> Tensor:
    """Round weights to five decimals, so that 0 and 1 are exact despite rounding errors."""
    return weight.clamp(0, 1).round(decimals=5)


@lru_cache(64)
def _gaussian(side: int, sigma: float) -> Tensor:
    from scipy.ndimage import gaussian_filter1d

    return torch.from_numpy(gaussian_filter1d(np.eye(side), sigma, axis=0, mode="reflect", truncate=4.0))


@lru_cache(64)
def _reduction(side: int, factor: int, kind: str) -> Tensor:
    unit, count = torch.eye(side, dtype=torch.float64), side // factor
    if kind == "area":
        return unit.view(count, factor, side).mean(1)
    return F.interpolate(unit[None, None], (count, side), mode="bicubic", antialias=True)[0, 0]
