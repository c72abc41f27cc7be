"""How a generator errs, measured on pictures that it was not trained on, and what follows for its answers.

In the cosines c of a picture x, less the grey level m of what is known of it,

    x_c - m = share_c (G(z)_c - m) + e_c,    E e_c^2 = power_c,

the shares by least squares: waves in which G(z) tells nothing of x are not believed, as a Wiener filter does.
Channels err together: all this is measured along the principal axes of the errors' colours, mostly one for
brightness and two for opponent colours, in which they do not.
What is then left, e, is taken as a Gauss-Markov field of these powers, known where the picture is, and goes
on into the hole by its mean given the known pixels (Rue and Held 2005, Gaussian Markov random fields, section
2.3), as the `Spline`'s does; there the powers are those of a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sparring.data.pixels import scaled, to_uint8
from sparring.inverse.blend.cosines import Gains, cosines
from sparring.inverse.blend.poisson import pasted
from sparring.inverse.linalg import solved

FINEST = 16
"""Bands of waves down and across, at most, that are told apart."""

FLOOR = 1e-7
"""The least power of a wave, a fiftieth of what rounding to 8 bits puts into each."""

Bands = tuple[tuple[float, ...], ...]
"""A number for each pair of bands, the longest waves first: a row for those down the picture."""

Axes = tuple[tuple[float, ...], ...]
"""Orthogonal directions among the channels, one a row; none: the channels as they are."""


@dataclass(frozen=True)
class Measured:
    """A generator's error by wave, and a `Blend`."""

    shares: tuple[Bands, ...]
    """What part of G(z) is believed, 0 to 1, along each axis; one of all channels where there are none."""
    powers: tuple[Bands, ...]
    """Mean square of what is then left, for pictures in [-1, 1]; of each axis, as `shares`."""
    axes: Axes = ()

    def believed(self, generated: Tensor, level: Tensor) -> Tensor:
        """What is believed of pictures, float64 (n, C, H, W), beside the `grey` level (n, 1, 1, 1)."""
        return level + self._gains(_waves(self.shares, *generated.shape[2:]))(generated - level)

    def energy(self, height: int, width: int) -> Gains:
        """The precision of what is left, by axis and pair of waves."""
        powers = torch.tensor(self.powers, dtype=torch.float64).log().tolist()
        return self._gains(1 / _waves(powers, height, width).exp())

    def _gains(self, by_wave: Tensor) -> Gains:
        return Gains(by_wave, torch.tensor(self.axes, dtype=torch.float64) if self.axes else None)

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Arrays as in `pasted`.  Known pixels stay as they are, to the byte."""
        y, hole = scaled(torch.from_numpy(pictures)).double(), torch.from_numpy(missing)
        g = torch.from_numpy(generated).double().permute(0, 3, 1, 2) / 127.5 - 1
        g = self.believed(g, torch.where(hole.all((1, 2))[:, None, None, None], g, grey(y, hole)))
        error = continued(y - g, hole, self.energy(*missing.shape[1:]))
        return pasted(pictures, to_uint8(g + error), missing)


def measured(truth: Tensor, generated: Tensor, missing: Tensor) -> Measured:
    """How `generated` errs beside the `truth`, (n, C, H, W) in [-1, 1]; `missing` bool (n, H, W)."""
    level, axes = grey(truth.double(), missing), principal(truth.double() - generated.double())
    x, g = (cosines(torch.einsum("ac,nchw->nahw", axes, one.double() - level)) for one in (truth, generated))
    shares = (_banded((x * g).mean(0)) / _banded(g.square().mean(0)).clamp(min=FLOOR)).clamp(0, 1)
    left = x - _waves(shares.tolist(), *x.shape[2:]) * g
    powers = _banded(left.square().mean(0)).clamp(min=FLOOR)
    believed, left_over = (tuple(rows(layer) for layer in one.tolist()) for one in (shares, powers))
    return Measured(believed, left_over, rows(axes.tolist()) if len(axes) > 1 else ())


def rows(values: Sequence[Sequence[float]]) -> Bands:
    """The numbers as a value."""
    return tuple(tuple(row) for row in values)


def principal(error: Tensor) -> Tensor:
    """The principal axes of the channels of errors (n, C, H, W), the strongest first: orthogonal, (C, C)."""
    among = torch.einsum("nchw,ndhw->cd", error, error)
    return torch.linalg.eigh(among)[1].T.flip(0).contiguous() if len(among) > 1 else torch.ones_like(among)


def grey(y: Tensor, missing: Tensor) -> Tensor:
    """The mean of what is known of each picture, (n, 1, 1, 1); 0 where nothing is."""
    known = (~missing[:, None]).expand_as(y)
    total = torch.where(known, y, 0.0).sum((1, 2, 3)) / known.sum((1, 2, 3)).clamp(min=1)
    return total.clamp(-1, 1)[:, None, None, None]


def continued(error: Tensor, missing: Tensor, energy: Gains) -> Tensor:
    """An error that is known where nothing is missing, and least in energy: float64 (n, C, H, W).

    In the hole H of n pictures, P_HH e_H = -P_HK e_K, P the energy's matrix.
    """
    hole = missing[:, None].expand_as(error).double()
    known, near = (1 - hole) * error, energy.inverse
    inside = solved(lambda e: hole * energy(e), -hole * energy(known), lambda e: hole * near(e))
    return known + inside


def _banded(values: Tensor) -> Tensor:
    """Means over bands of waves, from (C, H, W)."""
    height, width = values.shape[1:]
    return F.adaptive_avg_pool2d(values[None], (min(FINEST, height), min(FINEST, width)))[0]


def _waves(bands: Sequence[Sequence[Sequence[float]]], height: int, width: int) -> Tensor:
    """A number for each wave of such pictures, float64 (C, height, width), linear between bands' middles."""
    values = torch.tensor(bands, dtype=torch.float64)
    return F.interpolate(values[None], size=(height, width), mode="bilinear", align_corners=False)[0]
