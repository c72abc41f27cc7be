"""A critic that tells classes apart, one logit each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import nn

from sparring.core.space import Space
from sparring.nets.families import dcgan, mlp, resnet
from sparring.nets.families import noisy_mlp as noisy


@dataclass(frozen=True)
class Classes:
    """The critic with a logit a class: data -> (n, classes), or (n,) where they carry no labels."""

    critic: mlp.Critic | dcgan.Critic | resnet.Critic | noisy.Critic

    def __call__(self, space: Space) -> nn.Module:
        return replace(self.critic, outputs=max(space.classes, 1))(space)
