"""Similarity of pictures to the ground truth, one number per picture."""

from __future__ import annotations

import numpy as np
from skimage.metrics import structural_similarity


def psnr(pictures: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the peak signal-to-noise ratio of each picture in dB, float64 (n,); infinite for equal pictures.

    `pictures` and `truth` are uint8 (n, H, W, C).  The ratio is 10 log10(255^2 / mean squared error), with
    the mean over all pixels and channels of a picture.  Raises `ValueError` for shapes that differ.

    >>> truth = np.zeros((1, 8, 8, 3), np.uint8)
    >>> psnr(truth + np.uint8(255), truth)
    array([0.])
    """
    return psnr_hole(pictures, truth, np.ones(truth.shape[:3], bool))


def psnr_hole(pictures: np.ndarray, truth: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return the peak signal-to-noise ratio over the missing pixels alone, in dB, float64 (n,).

    `pictures` and `truth` are uint8 (n, H, W, C); `missing` is bool (n, H, W), True for the pixels that
    count.  The ratio is 10 log10(255^2 / mean squared error), with the mean over the missing pixels and all
    channels of a picture; infinite without error.  Raises `ValueError` if a picture has no missing pixel, and
    for shapes that differ.

    >>> truth = np.zeros((1, 8, 8, 3), np.uint8)
    >>> picture, missing = truth.copy(), np.zeros((1, 8, 8), bool)
    >>> picture[:, 0], missing[:, 0] = 255, True
    >>> psnr_hole(picture, truth, missing)
    array([0.])
    """
    _same_shape(pictures, truth)
    square = np.square(pictures.astype(np.float64) - truth).mean(-1)
    count = missing.sum((1, 2))
    if (count == 0).any():
        raise ValueError("psnr_hole needs at least one missing pixel in every picture")
    error = (square * missing).sum((1, 2)) / count
    with np.errstate(divide="ignore"):
        decibels: np.ndarray = 10 * np.log10(255.0**2 / error)
    return decibels


def ssim(pictures: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the structural similarity of each picture to its truth, in [-1, 1], float64 (n,).

    `pictures` and `truth` are uint8 (n, H, W, C); the value is the mean over positions and channels.  Wang et
    al. 2004, IEEE TIP 13(4), with scikit-image's uniform window of 7 pixels, or for a shorter side the
    largest odd window that fits.  Raises `ValueError` for pictures with a side under 3, and for shapes that
    differ.

    >>> x = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3), np.uint8)
    >>> ssim(x, x)
    array([1.])
    """
    _same_shape(pictures, truth)
    side = min(truth.shape[1:3])
    window = min(7, side if side % 2 else side - 1)
    if window < 3:
        raise ValueError(f"ssim needs pictures of at least 3x3 pixels, not {truth.shape[1]}x{truth.shape[2]}")
    values = [
        structural_similarity(  # type: ignore[no-untyped-call]  # scikit-image has no types
            a, b, win_size=window, data_range=255, channel_axis=-1
        )
        for a, b in zip(pictures, truth, strict=True)
    ]
    return np.array(values, np.float64)


def _same_shape(pictures: np.ndarray, truth: np.ndarray) -> None:
    if pictures.shape != truth.shape or truth.ndim != 4:
        raise ValueError(f"pictures {pictures.shape} and truth {truth.shape} must share (n, H, W, C)")
