"""Feature extractors for metrics, each with a name and a checksum of its weights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import adaptive_avg_pool2d, conv2d, leaky_relu

from sparring.metrics.classifier import Classifier, pictures
from sparring.metrics.rows import Floats

WIDTHS = (32, 64, 64)
"""Channels of the three layers of the untrained net."""

NEGATIVE_SLOPE = 0.2

UNRESIZED = "none"

Reading = tuple[Floats, Floats | None]
"""Features (n, d), and class probabilities (n, k) or None."""


@dataclass(frozen=True, eq=False)
class Features:
    """A feature extractor, and its description for the evaluation protocol."""

    name: str
    dimensions: int
    checksum: str
    """Hexadecimal SHA-256 of all weights, see `digest`; "" if there are no weights."""
    resize: str
    """How pictures are resized to the net's input size."""
    read: Callable[[np.ndarray], Reading]
    """Maps pictures, uint8 (n, h, w, c), to features (n, dimensions), and probabilities (n, k) or None."""


def raw_pixels(shape: tuple[int, ...]) -> Features:
    """Return an extractor of the flattened pixels in [-1, 1]; `shape` is (c, h, w)."""

    def read(x: np.ndarray) -> Reading:
        return pictures(x).reshape(len(x), -1), None

    return Features("raw", int(np.prod(shape)), "", UNRESIZED, read)


def random_features(shape: tuple[int, ...], seed: int = 0) -> Features:
    """Return an extractor with an untrained net of three convolutions: 256 features, from any picture size.

    `shape` is (c, h, w), of which only c is used.  The maps of the last convolution are averaged to 2x2.  The
    weights are normal with variance 2 / inputs, determined by `seed` and the number of channels.  Naeem et
    al. 2020, arXiv:2002.09797, section 3.2, argue for such features for data on which no net has been
    trained.
    """
    draw, inputs, layers = np.random.default_rng(seed), shape[0], []
    for width in WIDTHS:
        weight = draw.standard_normal((width, inputs, 3, 3)) * (2 / (9 * inputs)) ** 0.5
        layers.append(torch.from_numpy(weight.astype(np.float32)))
        inputs = width

    @torch.no_grad()
    def read(x: np.ndarray) -> Reading:
        maps = torch.from_numpy(pictures(x).astype(np.float32))
        for depth, weight in enumerate(layers):
            maps = leaky_relu(conv2d(maps, weight, stride=1 if depth == 0 else 2, padding=1), NEGATIVE_SLOPE)
        return adaptive_avg_pool2d(maps, 2).flatten(1).double().numpy(), None

    checksum = digest(layer.numpy() for layer in layers)
    return Features("random", 4 * WIDTHS[-1], checksum, UNRESIZED, read)


def classifier_features(classifier: Classifier) -> Features:
    """Return an extractor of a trained classifier's 64 features and of its class probabilities.

    The features are the activations of the last hidden layer.
    """

    def read(x: np.ndarray) -> Reading:
        return classifier.features(x), classifier.probabilities(x)

    checksum = digest(values for layer in classifier.layers for values in layer)
    return Features("classifier", len(classifier.layers[-1][0]), checksum, UNRESIZED, read)


def digest(weights: Iterable[NDArray[np.generic]]) -> str:
    """Return the hexadecimal SHA-256 of the shapes, types and bytes of arrays, in their order."""
    total = hashlib.sha256()
    for values in weights:
        total.update(f"{values.shape}{values.dtype.str}".encode())
        total.update(np.ascontiguousarray(values).tobytes())
    return total.hexdigest()
