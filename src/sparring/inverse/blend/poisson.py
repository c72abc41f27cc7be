"""Blend the generator's pixels into the hole: by pasting, by their gradients, or by a mix of the two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sparring.core.errors import BadInput
from sparring.inverse.blend.multigrid import membrane
from sparring.inverse.regions import Hole, holes, widened, within

Blend = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From pictures, uint8 (n, H, W, C), generated pictures in 0 to 255, and missing, bool (n, H, W), to
completed pictures."""

_NEAR = 16  # pixels; missing pixels nearer than this are solved together


def pasted(pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return a copy of `pictures`, uint8 (n, H, W, C), with the pixels of `generated` where `missing`.

    `generated` has the same shape and values 0 to 255, rounded and clipped if it is not uint8.  `missing` is
    bool (n, H, W), True for the pixels to replace.
    """
    out = pictures.copy()
    out[missing] = _bytes(generated[missing])
    return out


def poisson(pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return `pictures` with holes filled by the generator's gradients, fitted to the known pixels around.

    `pictures` is uint8 (n, H, W, C), `generated` has the same shape and values 0 to 255, and `missing`, bool
    (n, H, W), is True for the pixels to fill.  With f the result and g the generated picture, each channel
    solves the discrete Poisson equation (Perez et al. 2003, Poisson image editing, equation 7): for every
    missing p, the sum over its neighbours q in the picture of (f_p - f_q) equals that of (g_p - g_q), where
    f_q is fixed if q is known.  At the picture's border there is no neighbour and no condition (Neumann).  A
    hole that touches no known pixel is pasted.  Known pixels are unchanged; if `generated` is the truth plus
    a constant, the truth is returned.  Time and memory depend on the bounding boxes of the holes, not on the
    picture.
    """
    out = pictures.copy()
    for index, hole in _distinct_holes(missing):
        box = widened(hole.box, 1, missing.shape[1:])
        inner = within(hole.box, box)
        ys, xs = np.nonzero(hole.mask)
        values = generated[:, *hole.box][index[:, None], ys, xs]
        if hole.mask.size < missing[0].size or not hole.mask.all():
            inside = np.zeros([part.stop - part.start for part in box], bool)
            inside[inner] = hole.mask
            # For the correction e = f - g it is Laplace's equation, with e = y - g at the boundary.
            chosen = slice(None) if len(index) == len(pictures) else index
            values = values + membrane(inside, pictures[:, *box][chosen], generated[:, *box][chosen])
        out[:, *hole.box][index[:, None], ys, xs] = _bytes(values)
    return out


@dataclass(frozen=True)
class Feather:
    """A `Blend` that fades from another blend at the hole's edge to the generator's own pixels inside.

    The generator's share rises from 0 at the nearest known pixel to 1 at `width` + 1 pixels from it; width 0
    is pasting.  Known pixels are unchanged.  Raises `BadInput` for a width below 0 and an unknown shape.
    """

    width: float = 8.0
    """Width of the transition in pixels, from the hole's edge inwards."""
    edge: Blend = poisson
    """The blend at the edge."""
    shape: Literal["linear", "cosine"] = "cosine"
    """How the share rises; cosine: with slope 0 at both ends."""

    def __post_init__(self) -> None:
        if not 0 <= self.width < np.inf:
            raise BadInput(f"feather of width {self.width}: give a number of pixels, 0 or more")
        if self.shape not in ("linear", "cosine"):
            raise BadInput(f"feather of shape '{self.shape}': use linear or cosine")

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return the completed pictures; arrays as in `poisson`."""
        out = self.edge(pictures, generated, missing)
        for index, hole in _distinct_holes(missing):
            share = self._share(missing[index[0]], hole)[..., None]
            ys, xs = np.nonzero(hole.mask)
            blended = out[:, *hole.box][index[:, None], ys, xs].astype(np.float32)
            own = generated[:, *hole.box][index[:, None], ys, xs]
            out[:, *hole.box][index[:, None], ys, xs] = _bytes(blended + share * (own - blended))
        return out

    def _share(self, missing: np.ndarray, hole: Hole) -> np.ndarray:
        """Return the generator's share at the hole's pixels, float32 (m,)."""
        from scipy.ndimage import distance_transform_edt

        box = widened(
            hole.box, 1, missing.shape
        )  # the nearest known pixel is at most one pixel outside the hole's box
        if missing[box].all():
            return np.ones(np.count_nonzero(hole.mask), np.float32)
        far = distance_transform_edt(missing[box])[within(hole.box, box)][hole.mask]
        share: np.ndarray = np.minimum(far / (self.width + 1), 1).astype(np.float32)
        if self.shape != "linear":
            share = (1 - np.cos(np.pi * share)) / 2
        return share


def _distinct_holes(missing: np.ndarray) -> Iterator[tuple[np.ndarray, Hole]]:
    """Yield each hole of masks, bool (n, H, W), with the indices of the pictures that share its mask."""
    alike: dict[bytes, list[int]] = {}
    for index, mask in enumerate(missing):
        alike.setdefault(mask.tobytes() if len(missing) > 1 else b"", []).append(index)
    for members in alike.values():
        for hole in holes(missing[members[0]], _NEAR):
            yield np.array(members), hole


def _bytes(values: np.ndarray) -> np.ndarray:
    return values if values.dtype == np.uint8 else np.clip(np.rint(values), 0, 255).astype(np.uint8)
