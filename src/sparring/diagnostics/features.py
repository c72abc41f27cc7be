"""Fixed features that samples are compared in: raw numbers of points, random convolutions of pictures."""

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
"""Data (n, *shape) -> float64 (n, m)."""

WIDTHS = (32, 64)
"""Channels of the two layers of random convolutions."""

SIDE = 4
"""The last map is averaged to so many places a side."""

LENGTH = 64
"""Features of a picture."""


def features(space: Space, seed: int = 0) -> Features:
    """The features for data of `space`: points as they are, tokens as indicators, pictures by random weights.

    Pictures pass two layers of random convolutions and a random projection to 64 numbers.  The same seed
    gives the same features.  After Saxe et al. 2011, On random weights and unsupervised feature learning.
    """
    if space.tokens:
        return lambda x: _rows(one_hot(x.long(), space.tokens))
    if not space.pictures:
        return _rows
    draw = torch.Generator().manual_seed(seed)
    widths = (space.shape[0], *WIDTHS)
    layers = [_drawn((b, a, 3, 3), draw) for a, b in pairwise(widths)]
    last = _drawn((LENGTH, WIDTHS[-1] * SIDE**2), draw)

    @torch.no_grad()
    def found(x: Tensor) -> Floats:
        y = x.detach().float().cpu()
        for weight in layers:
            y = leaky_relu(conv2d(y, weight, stride=2, padding=1), 0.2)
        return _rows(adaptive_avg_pool2d(y, SIDE).flatten(1) @ last.T)

    return found


def _drawn(shape: tuple[int, ...], draw: torch.Generator) -> Tensor:
    """Normal weights that keep the scale of what they read."""
    return torch.randn(shape, generator=draw) * math.sqrt(2 / math.prod(shape[1:]))


def _rows(x: Tensor) -> Floats:
    found: Floats = x.detach().flatten(1).double().cpu().numpy()
    return found
