"""A loss for nets of other keys than its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from sparring.core.batch import Batch, Nets, Terms, View
from sparring.core.knobs import FIXED
from sparring.core.recipe import Loss


@dataclass(frozen=True)
class RenamedNets:
    """A loss in which each key of `keys`, such as G, stands for a net of the recipe with another key."""

    loss: Loss
    keys: Mapping[str, str] = field(metadata=FIXED)
    """Keys of the recipe's nets, by the loss's own."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        nets = {key: n[own] for key, own in self.keys.items()}
        return self.loss(cast(Nets, View(n, nets)), b)
