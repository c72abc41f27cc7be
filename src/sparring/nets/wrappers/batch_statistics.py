"""Discriminators with features of how similar the samples of a batch are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from sparring.core.errors import BadInput
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.heads.conditional import ConditionalScore
from sparring.nets.heads.heads import Score
from sparring.nets.layers.minibatch import BatchSimilarity, BatchStdDev


@dataclass(frozen=True)
class BatchSimilarityFeatures:
    """The discriminator with `kernels` similarities within the batch appended to its features.

    Its scores depend on the batch: real and fake samples must pass separately, and penalties on the gradient
    of each sample do not apply.  Raises `BadInput` for a discriminator without features and a head.
    """

    discriminator: Builder
    kernels: int = 32  # B in the paper
    dimensions: int = 5  # C in the paper

    def __call__(self, space: Space) -> nn.Module:
        return _append_features(
            self.discriminator,
            space,
            self.kernels,
            lambda m: BatchSimilarity(m, self.kernels, self.dimensions),
        )


@dataclass(frozen=True)
class BatchStdDevFeature:
    """The discriminator with one more feature: the standard deviation of its features in groups of the batch.

    Its scores depend on the batch, as those of `BatchSimilarityFeatures` do.  Raises `BadInput` for a
    discriminator without features and a head.
    """

    discriminator: Builder
    group: int = 4

    def __call__(self, space: Space) -> nn.Module:
        return _append_features(self.discriminator, space, 1, lambda features: BatchStdDev(self.group))


def _append_features(
    builder: Builder, space: Space, more: int, layer: Callable[[int], nn.Module]
) -> nn.Module:
    """The discriminator with `more` features, appended by `layer(m)`, m the number of its own features."""
    inner = builder(space)
    if isinstance(inner, ConditionalScore):
        features, width = inner.seen.in_features, inner.seen.out_features
        trunk = nn.Sequential(inner.trunk, layer(features))
        return ConditionalScore(trunk, features + more, width, inner.classes)
    if not isinstance(inner, Score):
        raise BadInput(f"batch statistics need a discriminator with features and a head, not {builder}")
    features = inner.head.in_features
    head = nn.Linear(features + more, inner.head.out_features)
    return Score(nn.Sequential(inner.trunk, layer(features)), head)
