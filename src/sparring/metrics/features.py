"""What a picture is to a metric: numbers read off it by a net that is named and known by its checksum."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import adaptive_avg_pool2d, conv2d, leaky_relu

from sparring.metrics.classifier import Judge, pictures
from sparring.metrics.rows import Floats

WIDTHS = (32, 64, 64)
"""Channels of the untrained net's three layers."""

SLOPE = 0.2

UNRESIZED = "none"

Reading = tuple[Floats, Floats | None]
"""Features (n, d), and probabilities of classes (n, k) where the net has any."""


@dataclass(frozen=True, eq=False)
class Features:
    """A way to read pictures, and what a protocol says of it."""

    name: str
    dimensions: int
    checksum: str
    """SHA-256 of all weights; empty where there are none."""
    resize: str
    """How pictures are brought to the net's size."""
    read: Callable[[np.ndarray], Reading]
    """The reading of uint8 (n, h, w, c)."""


def raw(shape: tuple[int, ...]) -> Features:
    """The pixels themselves, in [-1, 1], laid flat; `shape` is (c, h, w)."""

    def read(x: np.ndarray) -> Reading:
        return pictures(x).reshape(len(x), -1), None

    return Features("raw", int(np.prod(shape)), "", UNRESIZED, read)


def random(shape: tuple[int, ...], seed: int = 0) -> Features:
    """An untrained net of three convolutions, the mean of each quarter of its last maps, 256 numbers.

    Its weights are normal, of variance 2 / inputs, and follow from `seed` and the number of channels alone.
    Naeem et al. 2020, arXiv:2002.09797, section 3.2, argue for such features where no trained net knows
    pictures of this kind.
    """
    draw, inputs, layers = np.random.default_rng(seed), shape[0], []
    for width in WIDTHS:
        weight = draw.standard_normal((width, inputs, 3, 3)) * (2 / (9 * inputs)) ** 0.5
        layers.append(torch.from_numpy(weight.astype(np.float32)))
        inputs = width

    @torch.no_grad()
    def read(x: np.ndarray) -> Reading:
        found = torch.from_numpy(pictures(x).astype(np.float32))
        for depth, weight in enumerate(layers):
            found = leaky_relu(conv2d(found, weight, stride=1 if depth == 0 else 2, padding=1), SLOPE)
        return adaptive_avg_pool2d(found, 2).flatten(1).double().numpy(), None

    checksum = digest(layer.numpy() for layer in layers)
    return Features("random", 4 * WIDTHS[-1], checksum, UNRESIZED, read)


def of_judge(judge: Judge) -> Features:
    """The last hidden layer of a classifier of the data themselves, and its classes' probabilities."""

    def read(x: np.ndarray) -> Reading:
        return judge.features(x), judge.probabilities(x)

    checksum = digest(values for layer in judge.layers for values in layer)
    return Features("classifier", len(judge.layers[-1][0]), checksum, UNRESIZED, read)


def digest(weights: Iterable[NDArray[np.generic]]) -> str:
    """SHA-256 of arrays, their shapes and types."""
    total = hashlib.sha256()
    for values in weights:
        total.update(f"{values.shape}{values.dtype.str}".encode())
        total.update(np.ascontiguousarray(values).tobytes())
    return total.hexdigest()
