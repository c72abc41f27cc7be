"""Held-out pictures with holes of every kind, and the scores of their completions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sparring.core.pixels import array_to_float
from sparring.inverse.blend.poisson import Blend
from sparring.inverse.blend.wiener import measure_errors
from sparring.inverse.comparison import CEILING, as_levels
from sparring.inverse.masks import masks
from sparring.inverse.solution import Completion
from sparring.metrics.images import psnr_hole

MASKS = ("centre", "half", "pattern:0.25", "random:0.8")
"""Kinds of holes in calibration, each on a quarter of the pictures."""


@dataclass(frozen=True)
class Case:
    """Pictures, uint8 (n, H, W, C), with one kind of hole: `missing`, bool (n, H, W), True where missing."""

    pictures: np.ndarray
    missing: np.ndarray

    @property
    def scaled(self) -> torch.Tensor:
        """The pictures in [-1, 1], channels first."""
        return array_to_float(self.pictures)


Cases = Sequence[Case]
Completions = Sequence[Completion]
"""The completions of each case, before blending."""

Filled = Sequence[np.ndarray]
"""The completed pictures of each case, uint8 (n, H, W, C)."""


def cases(pictures: np.ndarray, seed: int) -> list[Case]:
    """Split held-out pictures, uint8 (n, H, W, C) with n >= 4, into four cases, one for each of `MASKS`.

    Picture i is in case i mod 4.  `seed` draws the irregular and the random holes.
    """
    _, height, width, _ = pictures.shape
    parts = [pictures[i :: len(MASKS)] for i in range(len(MASKS))]
    return [
        Case(part, masks(kind, len(part), height, width, seed))
        for kind, part in zip(MASKS, parts, strict=True)
    ]


def blend_cases(several: Cases, completions: Completions, blend: Blend) -> list[np.ndarray]:
    """Return the completed pictures of each case, uint8 (n, H, W, C): `blend` inserts G(z) in the holes."""
    return [
        blend(case.pictures, as_levels(completion.raw), case.missing)
        for case, completion in zip(several, completions, strict=True)
    ]


def blend_crosswise(several: Cases, completions: Completions) -> list[np.ndarray]:
    """Return the completed pictures of each case, blended by errors that were measured on other pictures.

    The pictures with even and with odd indices are two halves.  Each half is blended by `measure_errors` of
    the other half, over all cases.  A case needs at least two pictures.
    """
    filled = [case.pictures.copy() for case in several]
    for half in (0, 1):
        errors = measure_errors(*concatenate(several, completions, slice(1 - half, None, 2)))
        for out, case, completion in zip(filled, several, completions, strict=True):
            part = (array[half::2] for array in (case.pictures, as_levels(completion.raw), case.missing))
            out[half::2] = errors(*part)
    return filled


def concatenate(
    several: Cases, completions: Completions, rows: slice = slice(None)
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the truth, G(z) and the mask of missing pixels of all cases, each concatenated over the cases.

    The shapes are (n, C, H, W) in [-1, 1] for the truth and G(z), and bool (n, H, W) for the mask.  `rows`
    selects the same rows of every case.
    """
    parts = [
        (case.scaled[rows], completion.raw[rows], torch.from_numpy(case.missing)[rows])
        for case, completion in zip(several, completions, strict=True)
    ]
    truth, generated, missing = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return truth, generated, missing


def psnr_by_case(several: Cases, filled: Filled) -> list[np.ndarray]:
    """Return for each case the PSNR in dB of each picture over its missing pixels, (n,), cut at 99 dB."""
    return [
        np.minimum(psnr_hole(out, case.pictures, case.missing), CEILING)
        for case, out in zip(several, filled, strict=True)
    ]


def mean_psnr(several: Cases, filled: Filled) -> float:
    """Return the hole PSNR in dB, averaged over each case's pictures, then over the cases, to 3 decimals."""
    return round(float(np.mean([psnr.mean() for psnr in psnr_by_case(several, filled)])), 3)


def spread_factor(several: Cases, completions: Completions, filled: Filled) -> float:
    """Return the ratio of the completed pictures' error to the standard deviation over restarts.

    sqrt(sum of e^2 / sum of s^2), summed over the missing pixels of all cases, with e^2 the squared error of
    `filled`, averaged over channels, for pixels in [-1, 1], and s the completion's `spread`: the standard
    deviation of G(z) over the searches of a picture from different starting points.  1 if every s is 0.
    """
    error_sum, spread_sum = 0.0, 0.0
    for case, completion, out in zip(several, completions, filled, strict=True):
        error = np.square((out.astype(np.float64) - case.pictures) / 127.5).mean(3)[case.missing]
        error_sum, spread_sum = (
            error_sum + error.sum(),
            spread_sum + completion.spread.square().numpy()[case.missing].sum(),
        )
    return math.sqrt(error_sum / spread_sum) if spread_sum > 0 else 1.0
