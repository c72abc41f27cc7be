"""Completions without a generator, which every table must show.

All take and return pictures, uint8 (n, H, W, C) with 1 to 4 channels, and `missing`, bool (n, H, W); known
pixels stay as they are.
"""

from __future__ import annotations

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

from sparring.core.errors import BadInput
from sparring.inverse.blend.poisson import pasted


def mean(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The hole filled with the mean of the picture's known pixels, channel by channel."""
    known = ~missing[..., None]
    total = (pictures * known).sum((1, 2), keepdims=True, dtype=np.float64)
    fill = total / np.maximum(known.sum((1, 2), keepdims=True), 1)
    return pasted(pictures, np.broadcast_to(fill, pictures.shape), missing)


def telea(pictures: np.ndarray, missing: np.ndarray, radius: float = 3) -> np.ndarray:
    """Telea 2004, An image inpainting technique based on the fast marching method, by OpenCV."""
    filled = np.empty_like(pictures)
    for picture, hole, out in zip(pictures, missing.astype(np.uint8), filled, strict=True):
        for part in _parts(picture.shape[-1]):
            # OpenCV knows pictures of one or of three channels only, the single one without an axis.
            seen = np.ascontiguousarray(np.where(hole[..., None], 0, picture[..., part]).astype(np.uint8))
            grey = seen.shape[-1] == 1
            done = cv2.inpaint(seen[..., 0] if grey else seen, hole, radius, cv2.INPAINT_TELEA)
            out[..., part] = done[..., None] if grey else done
    return pasted(pictures, filled, missing)


def biharmonic(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The smoothest surface through the known pixels (Damelin and Hoang 2018), by scikit-image."""
    pairs = zip(pictures, missing, strict=True)
    filled = [inpaint_biharmonic(a / 255.0, hole, channel_axis=-1) for a, hole in pairs]
    return pasted(pictures, 255 * np.stack(filled), missing)


def nearest(pictures: np.ndarray, missing: np.ndarray, training: np.ndarray, chunk: int = 512) -> np.ndarray:
    """The hole filled from the picture of `training`, uint8 (m, H, W, C), nearest on the known pixels.

    Nearest in squared distance; `chunk` training pictures at a time, so that memory stays bounded.
    """
    if training.shape[1:] != pictures.shape[1:] or not len(training):
        raise BadInput(f"training pictures {training.shape} must be like the pictures {pictures.shape}")
    n = len(pictures)
    known = np.broadcast_to(~missing[..., None], pictures.shape).reshape(n, -1).astype(np.float32)
    # Centred about grey: smaller numbers round less.
    y = (pictures.reshape(n, -1).astype(np.float32) - 127.5) * known
    least, which = np.full(n, np.inf), np.zeros(n, np.int64)
    for start in range(0, len(training), chunk):
        t = training[start : start + chunk].reshape(-1, y.shape[1]).astype(np.float32) - 127.5
        # Sum of (t - y)^2 over known values, without y^2, which is the same for all t.
        distance = known @ np.square(t).T - 2 * y @ t.T
        best = distance.argmin(1)
        value = distance[np.arange(n), best]
        which = np.where(value < least, start + best, which)
        least = np.minimum(value, least)
    return pasted(pictures, training[which], missing)


def _parts(channels: int) -> list[slice]:
    """The channels in groups that OpenCV takes: three together, any other one alone."""
    colour = [slice(0, 3)] if channels >= 3 else []
    return colour + [slice(i, i + 1) for i in range(3 * len(colour), channels)]
