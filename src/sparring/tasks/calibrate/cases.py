"""Held-out pictures with holes of every kind, and how well they were completed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sparring.data.pixels import scaled
from sparring.inverse.blend.poisson import Blend
from sparring.inverse.blend.wiener import measured
from sparring.inverse.comparison import CEILING, as_levels
from sparring.inverse.masks import masks
from sparring.inverse.solution import Completion
from sparring.metrics.images import psnr_hole

MASKS = ("centre", "half", "pattern:0.25", "random:0.8")
"""Holes that are calibrated on, each on a quarter of the pictures."""


@dataclass(frozen=True)
class Case:
    """Pictures with one kind of hole."""

    pictures: np.ndarray
    missing: np.ndarray

    @property
    def scaled(self) -> torch.Tensor:
        """Pictures in [-1, 1], channels first."""
        return scaled(torch.from_numpy(self.pictures)).contiguous()


Cases = Sequence[Case]
Found = Sequence[Completion]
"""What was found for each case."""

Filled = Sequence[np.ndarray]
"""The completed pictures of each case, uint8 (n, H, W, C)."""


def cases(pictures: np.ndarray, seed: int) -> list[Case]:
    """Held-out pictures, uint8 (n, H, W, C), a quarter of them for each kind of hole; n is at least 4."""
    _, height, width, _ = pictures.shape
    parts = [pictures[i :: len(MASKS)] for i in range(len(MASKS))]
    return [
        Case(part, masks(kind, len(part), height, width, seed))
        for kind, part in zip(MASKS, parts, strict=True)
    ]


def blended(several: Cases, found: Found, blend: Blend) -> list[np.ndarray]:
    """What was found, blended in."""
    return [
        blend(case.pictures, as_levels(one.raw), case.missing)
        for case, one in zip(several, found, strict=True)
    ]


def crossed(several: Cases, found: Found) -> list[np.ndarray]:
    """What was found, each half blended in by what is measured on the other; two pictures a case at least."""
    filled = [case.pictures.copy() for case in several]
    for first in (0, 1):
        errors = measured(*gathered(several, found, slice(1 - first, None, 2)))
        for out, case, one in zip(filled, several, found, strict=True):
            part = (array[first::2] for array in (case.pictures, as_levels(one.raw), case.missing))
            out[first::2] = errors(*part)
    return filled


def gathered(
    several: Cases, found: Found, rows: slice = slice(None)
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Some rows of each case together: the truth, G(z) and what is missing."""
    parts = [
        (case.scaled[rows], one.raw[rows], torch.from_numpy(case.missing)[rows])
        for case, one in zip(several, found, strict=True)
    ]
    truth, generated, missing = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return truth, generated, missing


def decibels(several: Cases, filled: Filled) -> list[np.ndarray]:
    """The PSNR of each picture's hole, (n,) a case, cut at `CEILING`."""
    return [
        np.minimum(psnr_hole(out, case.pictures, case.missing), CEILING)
        for case, out in zip(several, filled, strict=True)
    ]


def score(several: Cases, filled: Filled) -> float:
    """The mean over the cases of the mean PSNR of holes, in dB."""
    return round(float(np.mean([each.mean() for each in decibels(several, filled)])), 3)


def spread_factor(several: Cases, found: Found, filled: Filled) -> float:
    """How much larger the errors of what is written are than the restarts' standard deviation.

    Both root mean square over missing pixels, in a range of 2; 1 where restarts never differ.
    """
    wrong, spread = 0.0, 0.0
    for case, one, out in zip(several, found, filled, strict=True):
        error = np.square((out.astype(np.float64) - case.pictures) / 127.5).mean(3)[case.missing]
        wrong, spread = wrong + error.sum(), spread + one.spread.square().numpy()[case.missing].sum()
    return math.sqrt(wrong / spread) if spread > 0 else 1.0
