"""A discriminator with one logit for each class."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import nn

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.space import Space


@dataclass(frozen=True)
class ClassLogits:
    """Build the discriminator with a logit for each class: data -> (n, classes).

    With one class, or without labels, it has a single logit: (n,).
    """

    discriminator: DiscriminatorBuilder

    def __call__(self, space: Space) -> nn.Module:
        return replace(self.discriminator, outputs=max(space.classes, 1))(space)
