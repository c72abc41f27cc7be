"""A loss with a weight."""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.recipe import Loss


@dataclass(frozen=True)
class WeightedLoss:
    """All terms of `loss`, multiplied by `weight`."""

    loss: Loss
    weight: float = 1.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {name: self.weight * term for name, term in self.loss(n, b).items()}
