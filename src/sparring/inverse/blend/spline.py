"""Extrapolate the generator's error on the known pixels into the hole by a spline under tension."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from scipy.sparse import csr_array, diags_array, eye_array, kron
from scipy.sparse.linalg import splu
from torch import Tensor

from sparring.inverse.blend.cosines import Gains, laplacian_eigenvalues
from sparring.inverse.blend.poisson import pasted


@dataclass(frozen=True)
class Spline:
    """A `Blend` and error model that extrapolates the error of G(z) by a spline.

    In the hole the error e = f - g minimises  decay^2 |e|^2 + |grad e|^2 + stiffness |laplace e|^2,  summed
    over the picture, with e = y - g on the known pixels and free at the picture's border.  With both
    parameters 0 it is Poisson blending.  Stiffness interpolates smoothly between scattered pixels, as
    biharmonic interpolation does; with decay the error vanishes about 1 / decay pixels into the hole.  It is
    the conditional mean of a Gauss-Markov random field given the known pixels (Rue and Held 2005, Gaussian
    Markov random fields, section 2.3).
    """

    decay: float = 0.0
    stiffness: float = 0.0

    def believed(self, generated: Tensor, level: Tensor) -> Tensor:
        """Return `generated`, G(z), itself; the grey level `level` is not used."""
        return generated

    def energy(self, height: int, width: int) -> Gains:
        """Return the precision of each DCT coefficient of the error, the same for every channel.

        It is decay^2 + l + stiffness * l^2 with l of `laplacian_eigenvalues`, but at least (pi / s / 10)^2
        with s the longer side.  Without decay a constant would have precision 0, and no scale could be
        estimated: it gets a hundredth of the precision of the picture's lowest frequency.
        """
        eigenvalues = laplacian_eigenvalues(height, width)
        least = (torch.pi / max(height, width) / 10) ** 2
        return Gains((self.decay**2 + eigenvalues + self.stiffness * eigenvalues.square()).clamp(min=least))

    def __call__(self, pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return the completed pictures; arrays as in `pasted`.  Known pixels are unchanged."""
        n, height, width, channels = pictures.shape
        out = pasted(pictures, generated, missing)
        precision = _precision(height, width, self.decay, self.stiffness)
        kinds, kind = np.unique(missing.reshape(n, -1), axis=0, return_inverse=True)
        for index, mask in enumerate(kinds):
            if mask.all() or not mask.any():
                continue
            members = np.flatnonzero(kind.ravel() == index)
            hole, known = np.flatnonzero(mask), np.flatnonzero(~mask)
            g, y = (
                a[members].reshape(len(members), -1, channels).astype(float) for a in (generated, pictures)
            )
            error = np.moveaxis((y - g)[:, known], 1, 0).reshape(len(known), -1)
            rows = precision[hole]
            solver = splu(rows[:, hole].tocsc())
            correction = solver.solve(-(rows[:, known] @ error)).reshape(len(hole), len(members), channels)
            values = np.clip(np.rint(g[:, hole] + np.moveaxis(correction, 0, 1)), 0, 255).astype(np.uint8)
            out.reshape(n, -1, channels)[members[:, None], hole] = values
        return out


@lru_cache(maxsize=8)
def _precision(height: int, width: int, decay: float, stiffness: float) -> csr_array:
    """Return the precision matrix over a picture's pixels, in row-major order."""
    down, across = (_line_laplacian(side) for side in (height, width))
    laplace = kron(down, eye_array(width)) + kron(eye_array(height), across)
    return csr_array(decay**2 * eye_array(height * width) + laplace + stiffness * (laplace @ laplace))


def _line_laplacian(side: int) -> csr_array:
    """Return minus the Laplacian of a line of pixels: the sum over neighbours of (e_p - e_q)."""
    step = diags_array([-np.ones(side - 1), np.ones(side - 1)], offsets=[0, 1], shape=(side - 1, side))
    return csr_array(step.T @ step)
