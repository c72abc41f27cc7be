"""A segmenter that is trained on pictures with their class maps, to judge generated pictures."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sparring.metrics.rows import Ints

if TYPE_CHECKING:
    from sklearn.neural_network import MLPClassifier

SIDE = 7
"""Side of the neighbourhood of a pixel that its class is read from; at borders it is mirrored."""

PIXELS, HIDDEN, EPOCHS = 60_000, 96, 12
"""Pixels to train on, at most; units of the hidden layer; passes over the pixels."""


@dataclass(frozen=True)
class Segmenter:
    """A net with one hidden layer that reads each pixel's class from the pixels around it."""

    net: MLPClassifier

    def predict(self, pictures: np.ndarray) -> Ints:
        """Return the class of every pixel of uint8 pictures (n, h, w, c), int64 (n, h, w)."""
        found = [self.net.predict(_neighbourhoods(picture[None])) for picture in pictures]
        return np.stack(found).reshape(pictures.shape[:3]).astype(np.int64)


def train_segmenter(pictures: np.ndarray, classes: np.ndarray, seed: int = 0) -> Segmenter:
    """Return a segmenter trained on uint8 pictures (n, h, w, c) and their class maps (n, h, w).

    At most `PIXELS` of the pixels, drawn by `seed`, are used.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier  # here, for it takes long to import

    draw = np.random.default_rng(seed)
    count = classes[0].size
    chosen = np.sort(draw.choice(classes.size, min(PIXELS, classes.size), replace=False))
    by_picture = ((i, chosen[chosen // count == i] % count) for i in range(len(pictures)))
    rows = [_neighbourhoods(pictures[i : i + 1])[pixels] for i, pixels in by_picture]
    net = MLPClassifier(HIDDEN, max_iter=EPOCHS, tol=0.0, n_iter_no_change=EPOCHS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it stops after its epochs on purpose
        net.fit(np.concatenate(rows), classes.ravel()[chosen])
    return Segmenter(net)


def _neighbourhoods(pictures: np.ndarray) -> np.ndarray:
    """Return the pixels around every pixel in [-1, 1], float32 (n * h * w, SIDE * SIDE * c)."""
    half = SIDE // 2
    padded = np.pad(pictures, ((0, 0), (half, half), (half, half), (0, 0)), mode="reflect")
    windows = sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2)).astype(np.float32)
    return windows.reshape(-1, windows[0, 0, 0].size) / 127.5 - 1
