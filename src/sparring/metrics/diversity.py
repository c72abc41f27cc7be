"""Similarity of samples to each other: multi-scale structural similarity (MS-SSIM)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d

from sparring.metrics.rows import Floats

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Weights of the scales, finest first."""

WINDOW, SIGMA = 11, 1.5
"""Side and standard deviation of the Gaussian window, in pixels."""

K1, K2 = 0.01, 0.03

AT_ONCE = 64
"""Pairs in memory at once."""


def scales(height: int, width: int) -> int:
    """Return the number of scales, 1 to 5: as many as leave the coarsest with sides of at least 11 pixels.

    5 from 176 pixels on, 3 at 64, 2 at 28, 1 below 22.
    """
    side, count = min(height, width) // 2, 1
    while count < len(WEIGHTS) and side >= WINDOW:
        side, count = side // 2, count + 1
    return count


def ms_ssim(a: np.ndarray, b: np.ndarray) -> Floats:
    """Return the multi-scale structural similarity of `a[i]` and `b[i]` for each i, in [0, 1], float64 (n,).

    `a` and `b` are pictures, uint8 (n, h, w, c).  The value is the product of contrast and structure of every
    scale and luminance of the coarsest, each to the power of its weight, averaged over channels and
    positions; negative averages count as 0.  Pictures that are too small for five scales have the number that
    `scales` returns, the finest ones, with weights normalised to sum 1.  If a side of the picture is under 11
    pixels, the window is the largest odd one that fits.  Raises `ValueError` for other shapes and types.
    Wang, Simoncelli and Bovik 2003, Multiscale structural similarity; as a measure of diversity Odena et al.
    2016, arXiv:1610.09585, section 4.2.

    >>> x = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), np.uint8)
    >>> ms_ssim(x, x).round(6)
    array([1.])
    """
    if a.shape != b.shape or a.ndim != 4 or a.dtype != np.uint8 or b.dtype != np.uint8:
        raise ValueError(f"pairs are uint8 (n, h, w, c), not {a.dtype} {a.shape} and {b.dtype} {b.shape}")
    parts = [_ms_ssim(a[i : i + AT_ONCE], b[i : i + AT_ONCE]) for i in range(0, len(a), AT_ONCE)]
    return np.concatenate(parts)


def _ms_ssim(a: np.ndarray, b: np.ndarray) -> Floats:
    first, second = (torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))).double() for x in (a, b))
    count = scales(*a.shape[1:3])
    weights = torch.tensor(WEIGHTS[:count], dtype=torch.float64)
    result = torch.ones(len(a), dtype=torch.float64)
    for scale, weight in enumerate(weights / weights.sum()):
        luminance, structure = _maps(first, second)
        if scale == count - 1:
            structure = luminance * structure
        result *= structure.mean((1, 2, 3)).clamp(min=0) ** weight
        first, second = avg_pool2d(first, 2), avg_pool2d(second, 2)
    return result.numpy()


def _maps(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return luminance, and contrast times structure, at each position where the whole window fits."""
    c1, c2 = (K1 * 255) ** 2, (K2 * 255) ** 2
    mean_a, mean_b = _blurred(a), _blurred(b)
    var_a, var_b = _blurred(a * a) - mean_a**2, _blurred(b * b) - mean_b**2
    covariance = _blurred(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
    return luminance, (2 * covariance + c2) / (var_a + var_b + c2)


def _blurred(x: Tensor) -> Tensor:
    side = min(WINDOW, *x.shape[2:])
    side -= 1 - side % 2
    at = torch.arange(side, dtype=x.dtype) - side // 2
    bell = torch.exp(-(at**2) / (2 * SIGMA**2))
    bell = (bell / bell.sum()).expand(x.shape[1], 1, 1, -1)
    across = conv2d(x, bell, groups=x.shape[1])
    return conv2d(across, bell.transpose(2, 3), groups=x.shape[1])
