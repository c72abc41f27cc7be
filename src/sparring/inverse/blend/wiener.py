"""Error model of a generator by spatial frequency, measured on held-out pictures, and the blend it gives.

For each DCT frequency c of a picture x, less the grey level m of its known pixels,

    x_c - m = share_c (G(z)_c - m) + e_c,    E e_c^2 = power_c.

The shares are least squares estimates: as in a Wiener filter, frequencies in which G(z) does not predict x
are suppressed.  Since the errors of channels are correlated, all this is measured along the principal axes of
the errors, mostly one for brightness and two for opponent colours, along which they are not.
The remaining error e is modelled as a Gauss-Markov field of these powers.  It is known at the known pixels
and continued into the hole by its conditional mean (Rue and Held 2005, Gaussian Markov random fields, section
2.3), as in `Spline`, where a formula gives the powers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sparring.core.pixels import to_float, to_uint8
from sparring.inverse.blend.cosines import Gains, cosines
from sparring.inverse.blend.poisson import pasted
from sparring.inverse.linalg import conjugate_gradient

MAX_BANDS = 16
"""Maximum number of frequency bands along each side."""

FLOOR = 1e-7
"""Least power of a frequency: a fiftieth of the power of rounding to 8 bits."""

Bands = tuple[tuple[float, ...], ...]
"""A number for each pair of frequency bands, lowest first; a row per vertical band."""

Axes = tuple[tuple[float, ...], ...]
"""Orthogonal axes of the channels, one per row; empty: the channels themselves."""


@dataclass(frozen=True)
class MeasuredErrors:
    """A `Blend` and error model with measured shares and powers per frequency band."""

    shares: tuple[Bands, ...]
    """The share of G(z) in the estimate, 0 to 1, for each axis; one for all channels if there are no axes."""
    powers: tuple[Bands, ...]
    """Mean square of the remaining error, for pictures in [-1, 1]; per axis as `shares`."""
    axes: Axes = ()

    def believed(self, generated: Tensor, level: Tensor) -> Tensor:
        """Return the estimate of x: level + share * (generated - level), for each frequency and axis.

        `generated`, G(z) in [-1, 1], and the result are float64 (n, C, H, W); `level` is (n, 1, 1, 1).
        """
        return level + self._gains(_by_frequency(self.shares, *generated.shape[2:]))(generated - level)

    def energy(self, height: int, width: int) -> Gains:
        """Return the precision 1 / power of the remaining error by axis and frequency.

        The powers of the bands are interpolated to the frequencies of `height` x `width` in the logarithm.
        """
        powers = torch.tensor(self.powers, dtype=torch.float64).log().tolist()
        return self._gains(1 / _by_frequency(powers, height, width).exp())

    def _gains(self, by_wave: Tensor) -> Gains:
        return Gains(by_wave, torch.tensor(self.axes, dtype=torch.float64) if self.axes else None)

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return the completed pictures; arrays as in `pasted`.  Known pixels are unchanged."""
        y, hole = to_float(torch.from_numpy(pictures)).double(), torch.from_numpy(missing)
        g = torch.from_numpy(generated).double().permute(0, 3, 1, 2) / 127.5 - 1
        g = self.believed(g, torch.where(hole.all((1, 2))[:, None, None, None], g, grey_level(y, hole)))
        error = continued(y - g, hole, self.energy(*missing.shape[1:]))
        return pasted(pictures, to_uint8(g + error), missing)


def measure_errors(truth: Tensor, generated: Tensor, missing: Tensor) -> MeasuredErrors:
    """Return the error model of `generated`, G(z), against `truth`, x: both are (n, C, H, W) in [-1, 1].

    `missing`, bool (n, H, W), matters only for the grey level m, the mean of x over the known pixels.  In the
    DCT along the principal axes of x - G(z) over the channels, with means over the pictures and over at most
    `MAX_BANDS` x `MAX_BANDS` bands of frequencies, the share is the mean of (x - m) (G(z) - m) over the mean
    of (G(z) - m)^2, clipped to 0 to 1, and the power the mean of (x - m - share * (G(z) - m))^2, at least
    `FLOOR`.
    """
    level, axes = grey_level(truth.double(), missing), principal_axes(truth.double() - generated.double())
    x, g = (
        cosines(torch.einsum("ac,nchw->nahw", axes, pictures.double() - level))
        for pictures in (truth, generated)
    )
    shares = (_band_means((x * g).mean(0)) / _band_means(g.square().mean(0)).clamp(min=FLOOR)).clamp(0, 1)
    remaining = x - _by_frequency(shares.tolist(), *x.shape[2:]) * g
    powers = _band_means(remaining.square().mean(0)).clamp(min=FLOOR)
    share_bands, power_bands = (
        tuple(as_tuples(layer) for layer in values.tolist()) for values in (shares, powers)
    )
    return MeasuredErrors(share_bands, power_bands, as_tuples(axes.tolist()) if len(axes) > 1 else ())


def as_tuples(values: Sequence[Sequence[float]]) -> Bands:
    """Return a sequence of rows of numbers as a tuple of tuples."""
    return tuple(tuple(row) for row in values)


def principal_axes(error: Tensor) -> Tensor:
    """Return the principal axes of errors (n, C, H, W) over the channels: orthogonal (C, C), an axis per row.

    They are the eigenvectors of the sum over pixels of e e^T, e the C errors of a pixel (no mean is
    subtracted), in descending order of the eigenvalues.  For one channel the result is [[1]].
    """
    covariance = torch.einsum("nchw,ndhw->cd", error, error)
    return (
        torch.linalg.eigh(covariance)[1].T.flip(0).contiguous()
        if len(covariance) > 1
        else torch.ones_like(covariance)
    )


def grey_level(y: Tensor, missing: Tensor) -> Tensor:
    """Return the mean of `y`, (n, C, H, W), over each picture's known pixels and channels, (n, 1, 1, 1).

    `missing` is bool (n, H, W).  The mean is clamped to [-1, 1], and is 0 if no pixel is known.
    """
    known = (~missing[:, None]).expand_as(y)
    total = torch.where(known, y, 0.0).sum((1, 2, 3)) / known.sum((1, 2, 3)).clamp(min=1)
    return total.clamp(-1, 1)[:, None, None, None]


def continued(error: Tensor, missing: Tensor, precision: Gains) -> Tensor:
    """Return `error`, float64 (n, C, H, W), continued where `missing` with least energy.

    `missing` is bool (n, H, W); what `error` has there is not used.  The energy is e^T P e with P the map
    `precision`, so that P_HH e_H = -P_HK e_K in the hole H of each picture, with K the known pixels.  It is
    solved by `conjugate_gradient`.
    """
    hole = missing[:, None].expand_as(error).double()
    known, preconditioner = (1 - hole) * error, precision.inverse
    inside = conjugate_gradient(
        lambda e: hole * precision(e), -hole * precision(known), lambda e: hole * preconditioner(e)
    )
    return known + inside


def _band_means(values: Tensor) -> Tensor:
    """Return means over frequency bands, (C, bands, bands), from (C, H, W)."""
    height, width = values.shape[1:]
    return F.adaptive_avg_pool2d(values[None], (min(MAX_BANDS, height), min(MAX_BANDS, width)))[0]


def _by_frequency(bands: Sequence[Sequence[Sequence[float]]], height: int, width: int) -> Tensor:
    """Interpolate band values linearly to all frequencies: float64 (C, height, width)."""
    values = torch.tensor(bands, dtype=torch.float64)
    return F.interpolate(values[None], size=(height, width), mode="bilinear", align_corners=False)[0]
