"""Carry what the generator misses on the known pixels into the hole, by a spline under tension."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from scipy.sparse import csr_array, diags_array, eye_array, kron
from scipy.sparse.linalg import splu
from torch import Tensor

from sparring.inverse.blend.cosines import Gains, bends
from sparring.inverse.blend.poisson import pasted


@dataclass(frozen=True)
class Spline:
    """As `poisson`, with another idea of how the error of G(z) goes on where it is not known.

    In the hole e = f - g makes  decay^2 |e|^2 + |grad e|^2 + stiffness |laplace e|^2  least, its sum over the
    picture, e being y - g on the known pixels and free at the picture's border.  With both at 0 that is
    Poisson blending.  Stiffness bends smoothly between scattered pixels as biharmonic interpolation does;
    decay lets an error die out about 1 / decay pixels into the hole.  It is the mean of a Gauss-Markov random
    field given the known pixels (Rue and Held 2005, Gaussian Markov random fields, section 2.3).
    """

    decay: float = 0.0
    stiffness: float = 0.0

    def believed(self, generated: Tensor, level: Tensor) -> Tensor:
        """All of G(z), whatever the grey level."""
        return generated

    def energy(self, height: int, width: int) -> Gains:
        """The precision of each pair of cosines, all above 0, in every channel.

        Without decay a constant would cost nothing, and no scale could be found: it costs a hundredth of
        what the picture's longest wave does.
        """
        bend = bends(height, width)
        least = (torch.pi / max(height, width) / 10) ** 2
        return Gains((self.decay**2 + bend + self.stiffness * bend.square()).clamp(min=least))

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Arrays as in `pasted`.  Known pixels stay as they are, to the byte."""
        n, height, width, channels = pictures.shape
        out = pasted(pictures, generated, missing)
        precision = _precision(height, width, self.decay, self.stiffness)
        kinds, kind = np.unique(missing.reshape(n, -1), axis=0, return_inverse=True)
        for index, mask in enumerate(kinds):
            if mask.all() or not mask.any():
                continue
            which = np.flatnonzero(kind.ravel() == index)
            hole, known = np.flatnonzero(mask), np.flatnonzero(~mask)
            g, y = (a[which].reshape(len(which), -1, channels).astype(float) for a in (generated, pictures))
            error = np.moveaxis((y - g)[:, known], 1, 0).reshape(len(known), -1)
            rows = precision[hole]
            inner = splu(rows[:, hole].tocsc())
            found = inner.solve(-(rows[:, known] @ error)).reshape(len(hole), len(which), channels)
            values = np.clip(np.rint(g[:, hole] + np.moveaxis(found, 0, 1)), 0, 255).astype(np.uint8)
            out.reshape(n, -1, channels)[which[:, None], hole] = values
        return out


@lru_cache(maxsize=8)
def _precision(height: int, width: int, decay: float, stiffness: float) -> csr_array:
    """The energy's matrix over a picture's pixels, row by row."""
    down, across = (_line(side) for side in (height, width))
    laplace = kron(down, eye_array(width)) + kron(eye_array(height), across)
    return csr_array(decay**2 * eye_array(height * width) + laplace + stiffness * (laplace @ laplace))


def _line(side: int) -> csr_array:
    """The sum over neighbours on a line of pixels of (e_p - e_q)."""
    step = diags_array([-np.ones(side - 1), np.ones(side - 1)], offsets=[0, 1], shape=(side - 1, side))
    return csr_array(step.T @ step)
