"""Small built-in sets: scanned digits, and mixtures of Gaussians in one and two dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sparring.core.errors import BadInput
from sparring.data.arrays import Arrays

POINTS = 20_000
"""Number of points of a mixture's set."""


def digits() -> Arrays:
    """Return 1797 scans of handwritten digits, 8x8 grey, 0 to 255.

    Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits (UCI), the test part, which
    scikit-learn ships.
    """
    from sklearn.datasets import load_digits  # here, for it takes long to import

    source = load_digits()
    x = np.rint(source.images * (255 / 16)).astype(np.uint8)
    return Arrays(x[..., None], source.target.astype(np.int64), tuple(str(digit) for digit in range(10)))


def ring8_modes() -> np.ndarray:
    """Return the 8 means of `ring8`, (8, 2): radius 2, angles k pi / 4."""
    angle = np.arange(8) * (2 * np.pi / 8)
    return 2 * np.stack([np.cos(angle), np.sin(angle)], 1)


def grid25_modes() -> np.ndarray:
    """Return the 25 means of `grid25`, (25, 2): a 5x5 grid of spacing 2 about the origin."""
    side = np.arange(-4.0, 5.0, 2.0)
    return np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(25, 2)


def mixture(modes: np.ndarray, std: float, n: int = POINTS, seed: int = 0) -> Arrays:
    """Return `n` points (n, d) of k equally likely Gaussians, labelled by their Gaussian, 0 to k - 1.

    `modes` (k, d) are the means; `std` is the standard deviation in every dimension.
    """
    draw = np.random.default_rng(seed)
    y = draw.integers(len(modes), size=n)
    x = modes[y] + std * draw.standard_normal((n, modes.shape[1]))
    return Arrays(x.astype(np.float32), y.astype(np.int64), tuple(str(mode) for mode in range(len(modes))))


def mix1d(
    weights: Sequence[float] = (0.5, 0.5),
    means: Sequence[float] = (-1.0, 1.0),
    stds: Sequence[float] = (0.3, 0.3),
    n: int = POINTS,
    seed: int = 0,
) -> Arrays:
    """Return `n` points (n, 1) of a mixture of Gaussians, labelled by their Gaussian.

    `weights` are the probabilities of the Gaussians, `stds` their standard deviations.  Raises `BadInput` if
    the three differ in length or the weights are not a probability distribution.
    """
    w, m, s = (np.asarray(values, np.float64) for values in (weights, means, stds))
    if not w.shape == m.shape == s.shape == (w.size,) or (w < 0).any() or abs(w.sum() - 1) > 1e-6:
        raise BadInput(f"a mixture needs weights that add up to 1, a mean and a std each, not {weights}")
    draw = np.random.default_rng(seed)
    y = draw.choice(len(w), size=n, p=w / w.sum())
    x = m[y] + s[y] * draw.standard_normal(n)
    return Arrays(x.astype(np.float32)[:, None], y.astype(np.int64), tuple(map(str, range(len(w)))))


def ring8() -> Arrays:
    """Return 20 000 points of 8 Gaussians of std 0.02 on a ring of radius 2, as in `ring8_modes`.

    Metz et al. 2016, arXiv:1611.02163.
    """
    return mixture(ring8_modes(), 0.02)


def grid25() -> Arrays:
    """Return 20 000 points of 25 Gaussians of std 0.05 on a 5x5 grid of spacing 2, as in `grid25_modes`.

    Dumoulin et al. 2016, arXiv:1606.00704.
    """
    return mixture(grid25_modes(), 0.05)
