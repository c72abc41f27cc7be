"""Minibatch discrimination: a critic that sees how alike the samples of a batch are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.heads.conditional import ConditionalScore
from sparring.nets.heads.heads import Score


@dataclass(frozen=True)
class Compared:
    """The critic with `kernels` numbers of likeness beside the features that its head reads.

    Its scores depend on the batch: real and fake samples pass it separately, and a penalty that asks for the
    slope of one sample alone does not suit it.  Raises `BadInput` for a critic without features and head.
    """

    critic: Builder
    kernels: int = 32  # B in the paper
    dimensions: int = 5  # C in the paper

    def __call__(self, space: Space) -> nn.Module:
        return _beside(self.critic, space, self.kernels, lambda m: Likeness(m, self.kernels, self.dimensions))


@final
class Likeness(nn.Module):
    """Features (n, m) -> (n, m + kernels): themselves and o_b(x_i) = sum_{j != i} exp(-|M_ib - M_jb|_1).

    M = f T has a row of `dimensions` numbers for each sample and kernel b; o_b lies in [0, n - 1] and is
    largest where all samples are one.  T is drawn so that unit features start at distances of order one,
    where the exponential has a slope.
    Salimans et al. 2016, arXiv:1606.03498, section 3.2.
    """

    def __init__(self, features: int, kernels: int, dimensions: int) -> None:
        super().__init__()
        drawn = torch.randn(features, kernels, dimensions)
        self.tensor = nn.Parameter(drawn / (dimensions * features**0.5))

    def forward(self, features: Tensor) -> Tensor:
        rows = torch.einsum("nf,fbc->nbc", features, self.tensor).float()
        distance = (rows[:, None] - rows[None]).abs().sum(3)
        likeness = (-distance).exp().sum(1) - 1  # a sample's likeness to itself
        return torch.cat([features, likeness.to(features.dtype)], 1)


@dataclass(frozen=True)
class Deviating:
    """The critic with one more feature: how much its features vary within groups of the batch.

    Its scores depend on the batch, as those of `Compared` do.  Raises `BadInput` for a critic without
    features and head.
    """

    critic: Builder
    group: int = 4

    def __call__(self, space: Space) -> nn.Module:
        return _beside(self.critic, space, 1, lambda features: Deviation(self.group))


@final
class Deviation(nn.Module):
    """Features (n, m) -> (n, m + 1): themselves and their mean standard deviation within the sample's group.

    Groups are of `group` samples, or all where n is no multiple of that.
    Karras et al. 2017, Progressive Growing of GANs, arXiv:1710.10196, section 3.
    """

    def __init__(self, group: int) -> None:
        super().__init__()
        self.group = group

    def forward(self, features: Tensor) -> Tensor:
        n = len(features)
        size = n if n % self.group else self.group
        grouped = features.float().view(-1, size, features.shape[1])
        spread = (grouped.var(1, correction=0) + 1e-8).sqrt().mean(1)  # the root has no slope at 0
        return torch.cat([features, spread.repeat_interleave(size)[:, None].to(features.dtype)], 1)


def _beside(critic: Builder, space: Space, more: int, layer: Callable[[int], nn.Module]) -> nn.Module:
    """The critic with `more` features from the layer that is made for the number of its own."""
    inner = critic(space)
    if isinstance(inner, ConditionalScore):
        features, width = inner.seen.in_features, inner.seen.out_features
        trunk = nn.Sequential(inner.trunk, layer(features))
        return ConditionalScore(trunk, features + more, width, inner.classes)
    if not isinstance(inner, Score):
        raise BadInput(f"what compares a batch needs a critic with features and a head, not {critic}")
    features = inner.head.in_features
    head = nn.Linear(features + more, inner.head.out_features)
    return Score(nn.Sequential(inner.trunk, layer(features)), head)
