"""Discriminators that also read how alike the samples of their batch are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.heads.conditional import ConditionalScore
from sparring.nets.heads.heads import Score
from sparring.nets.layers.minibatch import Deviation, Likeness


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
