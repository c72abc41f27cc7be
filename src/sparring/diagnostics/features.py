"""Fixed features for comparing samples: coordinates of points, random convolutions of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, conv2d, leaky_relu, one_hot

from sparring.core.space import Space
from sparring.metrics.rows import Floats

Features = Callable[[Tensor], Floats]
"""Maps data (n, *shape) to features, float64 (n, m)."""

WIDTHS = (32, 64)
"""Channels of the two layers of random convolutions."""

SIDE = 4
"""Height and width that the last map is averaged to."""

LENGTH = 64
"""Number of features of a picture."""


def features(space: Space, seed: int = 0) -> Features:
    """Return a function that maps data of `space`, (n, *shape), to features, float64 (n, m).

    Features of points are their coordinates, those of sequences their tokens as one-hot vectors. Pictures
    pass two layers of random convolutions and a random projection to m = 64 numbers; the same seed gives the
    same features. After Saxe et al. 2011, On random weights and unsupervised feature learning.
    """
    if space.tokens:
        return lambda x: _rows(one_hot(x.long(), space.tokens))
    if not space.pictures:
        return _rows
    draw = torch.Generator().manual_seed(seed)
    widths = (space.shape[0], *WIDTHS)
    layers = [_random_weights((b, a, 3, 3), draw) for a, b in pairwise(widths)]
    last = _random_weights((LENGTH, WIDTHS[-1] * SIDE**2), draw)

    @torch.no_grad()
    def read(x: Tensor) -> Floats:
        y = x.detach().float().cpu()
        for weight in layers:
            y = leaky_relu(conv2d(y, weight, stride=2, padding=1), 0.2)
        return _rows(adaptive_avg_pool2d(y, SIDE).flatten(1) @ last.T)

    return read


def _random_weights(shape: tuple[int, ...], draw: torch.Generator) -> Tensor:
    """Return random normal weights that preserve the scale of their inputs."""
    return torch.randn(shape, generator=draw) * math.sqrt(2 / math.prod(shape[1:]))


def _rows(x: Tensor) -> Floats:
    result: Floats = x.detach().flatten(1).double().cpu().numpy()
    return result
