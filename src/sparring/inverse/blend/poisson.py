"""Put the generator's pixels in the hole: as they are, by their gradients, or from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sparring.core.errors import BadInput
from sparring.inverse.blend.multigrid import membrane
from sparring.inverse.regions import Hole, holes, widened, within

Blend = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From pictures uint8 (n, H, W, C), generated pictures in 0 to 255, and missing, to completed pictures."""

_NEAR = 16  # pixels: missing ones nearer than this are solved together


def pasted(pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """`pictures`, uint8 (n, H, W, C), with `generated` (the same shape, values 0 to 255) where `missing`.

    `missing` is bool (n, H, W).  Known pixels stay as they are, to the byte.
    """
    out = pictures.copy()
    out[missing] = _bytes(generated[missing])
    return out


def poisson(pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """As `pasted`, with the generator's gradients in the hole and the known pixels as its boundary.

    The hole solves the discrete Poisson equation, in each channel for itself (Perez et al. 2003, Poisson
    image editing, equation 7): for every missing p, the sum over its neighbours q in the picture of
    (f_p - f_q) equals that of (g_p - g_q), f_q being given where q is known.  At the picture's border there
    is no neighbour and hence no condition (Neumann).  A hole that touches no known pixel is pasted.  Known
    pixels stay as they are, to the byte; if `generated` is the truth plus a constant, the truth is returned.
    Time and memory follow the boxes round the holes, not the picture.
    """
    out = pictures.copy()
    for which, hole in _kinds(missing):
        box = widened(hole.box, 1, missing.shape[1:])
        inner = within(hole.box, box)
        ys, xs = np.nonzero(hole.mask)
        values = generated[:, *hole.box][which[:, None], ys, xs]
        if hole.mask.size < missing[0].size or not hole.mask.all():
            inside = np.zeros([part.stop - part.start for part in box], bool)
            inside[inner] = hole.mask
            # With the correction e = f - g the equation is Laplace's, and e = y - g on the rim.
            chosen = slice(None) if len(which) == len(pictures) else which
            values = values + membrane(inside, pictures[:, *box][chosen], generated[:, *box][chosen])
        out[:, *hole.box][which[:, None], ys, xs] = _bytes(values)
    return out


@dataclass(frozen=True)
class Feather:
    """A `Blend` that passes from another one's values at the hole's edge to the generator's own inside.

    The share of the generator's rises from 0 at the nearest known pixel to 1 at `width` + 1 pixels from it,
    so that 0 is pasting; known pixels stay as they are, to the byte.  Raises `BadInput` for a width below 0.
    """

    width: float = 8.0
    """Pixels inside the hole's edge over which the two are mixed."""
    edge: Blend = poisson
    """What is found at the edge."""
    shape: Literal["linear", "cosine"] = "cosine"
    """How the share rises; cosine: level at both ends."""

    def __post_init__(self) -> None:
        if not 0 <= self.width < np.inf:
            raise BadInput(f"feather of width {self.width}: give a number of pixels, 0 or more")
        if self.shape not in ("linear", "cosine"):
            raise BadInput(f"feather of shape '{self.shape}': use linear or cosine")

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """The completed pictures; arrays as in `poisson`."""
        out = self.edge(pictures, generated, missing)
        for which, hole in _kinds(missing):
            share = self._share(missing[which[0]], hole)[..., None]
            ys, xs = np.nonzero(hole.mask)
            blended = out[:, *hole.box][which[:, None], ys, xs].astype(np.float32)
            own = generated[:, *hole.box][which[:, None], ys, xs]
            out[:, *hole.box][which[:, None], ys, xs] = _bytes(blended + share * (own - blended))
        return out

    def _share(self, missing: np.ndarray, hole: Hole) -> np.ndarray:
        """The generator's share at the hole's pixels, float32 (m,)."""
        from scipy.ndimage import distance_transform_edt

        box = widened(hole.box, 1, missing.shape)  # the nearest known pixel is never further than the rim
        if missing[box].all():
            return np.ones(np.count_nonzero(hole.mask), np.float32)
        far = distance_transform_edt(missing[box])[within(hole.box, box)][hole.mask]
        share: np.ndarray = np.minimum(far / (self.width + 1), 1).astype(np.float32)
        if self.shape != "linear":
            share = (1 - np.cos(np.pi * share)) / 2
        return share


def _kinds(missing: np.ndarray) -> Iterator[tuple[np.ndarray, Hole]]:
    """The damages of masks, bool (n, H, W), each with the indices of the pictures that have this mask."""
    alike: dict[bytes, list[int]] = {}
    for index, mask in enumerate(missing):
        alike.setdefault(mask.tobytes() if len(missing) > 1 else b"", []).append(index)
    for which in alike.values():
        for hole in holes(missing[which[0]], _NEAR):
            yield np.array(which), hole


def _bytes(values: np.ndarray) -> np.ndarray:
    return values if values.dtype == np.uint8 else np.clip(np.rint(values), 0, 255).astype(np.uint8)
