"""Inpainting baselines without a generator; every results table includes them.

Each takes pictures, uint8 (n, H, W, C) with 1 to 4 channels, and `missing`, bool (n, H, W), and returns
pictures of the same shape.  Known pixels are unchanged.
"""

from __future__ import annotations

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

from sparring.core.errors import BadInput
from sparring.inverse.blend.poisson import pasted


def mean(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return the pictures with every missing pixel set to the mean of the picture's known pixels, by channel.

    The mean is rounded to a whole grey level; a picture without known pixels is filled with 0.
    """
    known = ~missing[..., None]
    total = (pictures * known).sum((1, 2), keepdims=True, dtype=np.float64)
    fill = total / np.maximum(known.sum((1, 2), keepdims=True), 1)
    return pasted(pictures, np.broadcast_to(fill, pictures.shape), missing)


def telea(pictures: np.ndarray, missing: np.ndarray, radius: float = 3) -> np.ndarray:
    """Return the pictures inpainted by fast marching with OpenCV (`cv2.INPAINT_TELEA`).

    A missing pixel is computed from the pixels within `radius` pixels of it.  The first three channels of
    pictures with three or more are inpainted together, each other channel alone.  Telea 2004, An image
    inpainting technique based on the fast marching method.
    """
    filled = np.empty_like(pictures)
    for picture, hole, out in zip(pictures, missing.astype(np.uint8), filled, strict=True):
        for part in _parts(picture.shape[-1]):
            # OpenCV takes pictures of 1 or 3 channels only, and a single channel without its axis.
            known = np.ascontiguousarray(np.where(hole[..., None], 0, picture[..., part]).astype(np.uint8))
            grey = known.shape[-1] == 1
            result = cv2.inpaint(known[..., 0] if grey else known, hole, radius, cv2.INPAINT_TELEA)
            out[..., part] = result[..., None] if grey else result
    return pasted(pictures, filled, missing)


def biharmonic(pictures: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return the pictures inpainted by the biharmonic equation, channel by channel, with scikit-image.

    Values are rounded to whole grey levels and clipped to 0 to 255.  Damelin and Hoang 2018.
    """
    pairs = zip(pictures, missing, strict=True)
    filled = [inpaint_biharmonic(a / 255.0, hole, channel_axis=-1) for a, hole in pairs]
    return pasted(pictures, 255 * np.stack(filled), missing)


def nearest(pictures: np.ndarray, missing: np.ndarray, training: np.ndarray, chunk: int = 512) -> np.ndarray:
    """Return the pictures with the missing pixels copied from the nearest picture of `training`.

    `training` is uint8 (m, H, W, C).  Each picture has its own nearest training picture t: the one of least
    sum of (t - picture)^2 over the picture's known pixels and channels, the first of several.  `chunk`
    training pictures are compared at a time, so that memory stays bounded.  Raises `BadInput` if `training`
    is empty or its pictures have another shape than `pictures`.
    """
    if training.shape[1:] != pictures.shape[1:] or not len(training):
        raise BadInput(f"training pictures {training.shape} must be like the pictures {pictures.shape}")
    n = len(pictures)
    known = np.broadcast_to(~missing[..., None], pictures.shape).reshape(n, -1).astype(np.float32)
    # Centred at grey: smaller numbers have smaller rounding errors.
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
    """Group the channels as OpenCV takes them: the first three together, each further channel alone."""
    colour = [slice(0, 3)] if channels >= 3 else []
    return colour + [slice(i, i + 1) for i in range(3 * len(colour), channels)]
