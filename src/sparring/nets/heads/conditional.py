"""A discriminator that is conditioned on the label of the sample.

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
from sparring.nets.heads.heads import TrunkNet
from sparring.nets.heads.joint import build_trunk


@dataclass(frozen=True)
class ConditionalDiscriminator:
    """Build D(x, y): a hidden layer of `width` units adds the features of x and an embedding of the label y.

    The head of `discriminator` is not used.  Raises `BadInput` for data of fewer than two classes, and what
    `discriminator` raises.
    """

    discriminator: DiscriminatorBuilder
    width: int = 256

    def __call__(self, space: Space) -> nn.Module:
        if space.classes < 2:
            raise BadInput("a conditional discriminator needs labels; give data with two classes or more")
        trunk, features = build_trunk(self.discriminator, space)
        return ConditionalScore(trunk, features, self.width, space.classes)


@final
class ConditionalScore(TrunkNet):
    """Data x (n, *shape) and labels y, int64 (n,) -> logits (n,), float32.

    A sample without a label (y = -1, or y = None for all) gets its highest logit over all labels.
    The features do not depend on the label.
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
        labelled = each.gather(1, y.clamp_min(0)[:, None]).squeeze(1)
        return labelled.where(y >= 0, best)

    def each(self, x: Tensor) -> Tensor:
        """The logits under every label, float32 (n, classes)."""
        hidden = leaky_relu(self.seen(self.trunk(x))[:, None] + self.told.weight, 0.2)
        logits: Tensor = self.head(hidden)
        return logits.float().squeeze(2)
