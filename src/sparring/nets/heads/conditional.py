"""A critic that is told the label of what it sees.

Mirza and Osindero 2014, arXiv:1411.1784, section 3.2 and figure 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.heads.joint import trunk_of


@dataclass(frozen=True)
class Conditional:
    """D(x, y): the features of x and a vector for the label y meet in one layer of `width` units.

    Raises `BadInput` for data without two classes, and as the critic does, whose own head is left out.
    """

    critic: DiscriminatorBuilder
    width: int = 256

    def __call__(self, space: Space) -> nn.Module:
        if space.classes < 2:
            raise BadInput("a critic that is told labels needs data with two classes or more")
        trunk, features = trunk_of(self.critic, space)
        return ConditionalScore(trunk, features, self.width, space.classes)


@final
class ConditionalScore(nn.Module):
    """Data x (n, *shape) and labels y, int64 (n,) -> logits (n,), float32.

    What has no label, -1 in `y` or all where it is None, is judged under the label that suits it best.
    """

    def __init__(self, trunk: nn.Module, features: int, width: int, classes: int) -> None:
        super().__init__()
        self.trunk, self.classes = trunk, classes
        self.seen, self.told = nn.Linear(features, width), nn.Embedding(classes, width)
        self.head = nn.Linear(width, 1)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        each = self.each(x)
        best = each.amax(1)
        if y is None:
            return best
        told = each.gather(1, y.clamp_min(0)[:, None]).squeeze(1)
        return told.where(y >= 0, best)

    def each(self, x: Tensor) -> Tensor:
        """The logits under every label, float32 (n, classes)."""
        met = leaky_relu(self.seen(self.trunk(x))[:, None] + self.told.weight, 0.2)
        logits: Tensor = self.head(met)
        return logits.float().squeeze(2)

    def features(self, x: Tensor) -> Tensor:
        """What is seen of x before the label is told, float32 (n, m)."""
        found: Tensor = self.trunk(x)
        return found.float()
