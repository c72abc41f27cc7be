"""What Poisson blending costs beside OpenCV's `seamlessClone`: the same holes, one thread, interleaved.

OpenCV solves on the hole's whole box and changes known pixels in it; ours solves in the hole and does not.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median

import cv2
import numpy as np

from sparring.inverse.blend.poisson import poisson
from sparring.inverse.masks import masks
from sparring.inverse.tiles import complete_any_size

TIMES = 5
MIB = 2**20


def measured() -> list[dict[str, object]]:
    """One row a case: seconds of each, the ratio's median and range; then pictures of any size."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        before = _peak()
        photograph = [_photograph(side, before) for side in (200, 1000)]  # first: peaks only grow
        return photograph + [_row(name, missing) for name, missing in holes().items()]
    finally:
        cv2.setNumThreads(threads)


def holes() -> Mapping[str, np.ndarray]:
    """Masks by name: bool (n, H, W)."""
    blob, wide = (masks("pattern:0.3", 1, side, side, 0)[0] for side in (256, 1000))
    scratch = np.zeros((3000, 4000), np.uint8)
    cv2.line(scratch, (300, 200), (3700, 2800), 1, 5)
    return {
        "64 of 64x64, centre": masks("centre", 64, 64, 64, 0),
        "64 of 64x64, blobs of their own": masks("pattern:0.25", 64, 64, 64, 0),
        "64 of 64x64, single pixels": masks("random:0.8", 64, 64, 64, 0),
        "1 of 64x64, centre": masks("centre", 1, 64, 64, 0),
        "512x512, square of 128": _square(512, 512, 128),
        "512x512, blobs": masks("pattern:0.25", 1, 512, 512, 0),
        "4000x3000, square of 256": _square(3000, 4000, 256),
        "4000x3000, square of 1000": _square(3000, 4000, 1000),
        "4000x3000, blobs in 256": _placed(blob),
        "4000x3000, blobs in 1000": _placed(wide),
        "4000x3000, a long scratch": scratch[None] > 0,
    }


def _row(name: str, missing: np.ndarray) -> dict[str, object]:
    random = np.random.default_rng(0)
    shape = (*missing.shape, 3)
    pictures, generated = (random.integers(60, 196, shape, np.uint8) for _ in range(2))
    ways = partial(poisson, pictures, generated, missing), partial(_cloned, pictures, generated, missing)
    times = [[_seconds(way) for way in ways] for _ in range(TIMES)]
    ours, theirs = (median(column) for column in zip(*times, strict=True))
    ratios = [mine / other for mine, other in times]
    return {
        "case": name,
        "poisson_seconds": round(ours, 5),
        "opencv_seconds": round(theirs, 5),
        "ratio": round(median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in sorted(ratios)],
    }


def _cloned(pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> list[np.ndarray]:
    """OpenCV's way; it wants the patch alone, and the place of its middle."""
    out = []
    for picture, patch, hole in zip(pictures, generated, missing, strict=True):
        ys, xs = (np.flatnonzero(hole.any(axis)) for axis in (1, 0))
        # It keeps a rim of its own inside the picture: a hole at the border is cut.
        box = tuple(
            slice(max(at[0], 1), min(at[-1] + 1, n - 1)) for at, n in ((ys, len(hole)), (xs, hole.shape[1]))
        )
        middle = tuple(int(part.start + (part.stop - part.start) // 2) for part in reversed(box))
        mask = hole[box].astype(np.uint8) * 255
        out.append(cv2.seamlessClone(patch[box].copy(), picture, mask, middle, cv2.NORMAL_CLONE))
    return out


def _photograph(side: int, before: float) -> dict[str, object]:
    """A photograph of 12 megapixels with a square hole, by a solver that takes no time or memory."""
    picture = np.random.default_rng(0).integers(0, 256, (3000, 4000, 3), np.uint8)
    missing = _square(3000, 4000, side)[0]
    began = time.perf_counter()
    complete_any_size(picture, missing, (64, 64), lambda pictures, hole: pictures.astype(np.float32))
    return {
        "case": f"4000x3000 photograph, square of {side}, windows of 64",
        "seconds": round(time.perf_counter() - began, 3),
        "beside_picture_and_mask_mib": round(_peak() - before - (picture.nbytes + missing.nbytes) / MIB),
        "picture_mib": round(picture.nbytes / MIB),
    }


def _square(height: int, width: int, side: int) -> np.ndarray:
    missing = np.zeros((1, height, width), bool)
    top, left = (height - side) // 2, (width - side) // 2
    missing[:, top : top + side, left : left + side] = True
    return missing


def _placed(hole: np.ndarray) -> np.ndarray:
    missing = np.zeros((1, 3000, 4000), bool)
    missing[:, 700 : 700 + len(hole), 900 : 900 + len(hole)] = hole
    return missing


def _seconds(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    way()
    return time.perf_counter() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
