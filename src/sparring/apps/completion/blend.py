"""Put the generator's pixels in the hole: as they are, or by their gradients."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu


def pasted(pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """`pictures`, uint8 (n, H, W, C), with `generated` (the same shape, values 0 to 255) where `missing`.

    `missing` is bool (n, H, W).  Known pixels stay as they are, to the byte.
    """
    return np.where(missing[..., None], _bytes(generated), pictures)


def poisson(pictures: np.ndarray, generated: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """As `pasted`, with the generator's gradients in the hole and the known pixels as its boundary.

    The hole solves the discrete Poisson equation, in each channel for itself (Perez et al. 2003, Poisson
    image editing, equation 7): for every missing p, the sum over its neighbours q in the picture of
    (f_p - f_q) equals that of (g_p - g_q), f_q being given where q is known.  At the picture's border there
    is no neighbour and hence no condition (Neumann).  A hole that touches no known pixel is pasted.  Known
    pixels stay as they are, to the byte; if `generated` is the truth plus a constant, the truth is returned.
    """
    out = pasted(pictures, generated, missing)
    n, height, width, channels = pictures.shape
    kinds, kind = np.unique(missing.reshape(n, -1), axis=0, return_inverse=True)
    for index, mask in enumerate(kinds):
        if mask.all() or not mask.any():
            continue
        which = np.flatnonzero(kind.ravel() == index)
        hole, inner, rim = _operators(mask.reshape(height, width))
        g = generated[which].reshape(len(which), height * width, channels).astype(np.float64)
        y = pictures[which].reshape(len(which), height * width, channels).astype(np.float64)
        # With the correction e = f - g the equation is Laplace's, and e = y - g on the rim.
        gap = np.moveaxis(y - g, 1, 0).reshape(height * width, -1)
        fix = splu(inner).solve(rim @ gap).reshape(len(hole), len(which), channels)
        flat = out.reshape(n, height * width, channels)
        flat[which[:, None], hole] = _bytes(g[:, hole] + np.moveaxis(fix, 0, 1))
    return out


def _operators(missing: np.ndarray) -> tuple[np.ndarray, csc_array, csc_array]:
    """The hole's flat indices, the Laplacian within it, and the sum over each pixel's known neighbours."""
    index = np.arange(missing.size).reshape(missing.shape)
    pairs = [(index[:-1], index[1:]), (index[:, :-1], index[:, 1:])]
    a = np.concatenate([np.concatenate([p.ravel(), q.ravel()]) for p, q in pairs])
    b = np.concatenate([np.concatenate([q.ravel(), p.ravel()]) for p, q in pairs])
    flat = missing.ravel()
    hole = np.flatnonzero(flat)
    place = np.full(flat.size, -1)
    place[hole] = np.arange(len(hole))
    within, across = flat[a] & flat[b], flat[a] & ~flat[b]
    degree = np.bincount(place[a[flat[a]]], minlength=len(hole)).astype(np.float64)
    ones = np.ones(len(a))
    diagonal = (degree, (np.arange(len(hole)), np.arange(len(hole))))
    inner = coo_array(diagonal, (len(hole), len(hole))) - coo_array(
        (ones[within], (place[a[within]], place[b[within]])), (len(hole), len(hole))
    )
    rim = coo_array((ones[across], (place[a[across]], b[across])), (len(hole), flat.size))
    return hole, csc_array(inner), csc_array(rim)


def _bytes(values: np.ndarray) -> np.ndarray:
    return values if values.dtype == np.uint8 else np.clip(np.rint(values), 0, 255).astype(np.uint8)
