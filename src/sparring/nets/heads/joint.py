"""Nets of a game about pairs of datum and latent: a critic of both at once, and an encoder.

Each is built around a critic's trunk.
Donahue, Kraehenbuehl and Darrell 2016, arXiv:1605.09782; Dumoulin et al. 2016, arXiv:1606.00704.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.space import Space
from sparring.nets.heads.heads import Score
from sparring.nets.layers.norm import BatchNorm


@dataclass(frozen=True)
class Joint:
    """D(x, z): the features of x and a layer of `width` units on z meet in another such layer.

    Raises `BadInput` as the critic does, whose own head is left out.
    """

    critic: DiscriminatorBuilder
    width: int = 256

    def __call__(self, space: Space) -> nn.Module:
        trunk, features = trunk_of(self.critic, space)
        read = nn.Sequential(nn.Linear(space.latent, self.width), nn.LeakyReLU(0.2))
        judge = nn.Sequential(
            nn.Linear(features + self.width, self.width), nn.LeakyReLU(0.2), nn.Linear(self.width, 1)
        )
        return JointScore(trunk, read, judge)


@dataclass(frozen=True)
class Encoder:
    """E(x): a critic's trunk and a linear layer to the latent, batch-normalised, under tanh.

    So E(x) fills the cube that a uniform latent fills from the first round on, and lies on no thin set by
    which a critic could know it.  Without `bounded` there is no tanh, which suits a normal latent.  Raises
    `BadInput` as the critic does.
    """

    critic: DiscriminatorBuilder
    bounded: bool = True

    def __call__(self, space: Space) -> nn.Module:
        trunk, features = trunk_of(self.critic, space)
        head = [nn.Linear(features, space.latent, bias=False), *flat_norm(space.latent)]
        return Code(trunk, nn.Sequential(*head), bounded=self.bounded)


@final
class JointScore(nn.Module):
    """A critic of pairs, x (n, *shape) and z (n, latent) -> logits (n,), float32."""

    def __init__(self, trunk: nn.Module, read: nn.Module, judge: nn.Module) -> None:
        super().__init__()
        self.trunk, self.read, self.judge = trunk, read, judge

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        logits: Tensor = self.judge(torch.cat([self.trunk(x), self.read(z)], 1))
        return logits.float().squeeze(1)


@final
class Code(nn.Module):
    """An encoder, x (n, *shape) -> z (n, latent), float32; the same x, the same z."""

    def __init__(self, trunk: nn.Module, head: nn.Module, *, bounded: bool) -> None:
        super().__init__()
        self.trunk, self.head, self.bounded = trunk, head, bounded

    def forward(self, x: Tensor) -> Tensor:
        z: Tensor = self.head(self.trunk(x)).float()
        return z.tanh() if self.bounded else z

    def features(self, x: Tensor) -> Tensor:
        """What the head reads, float32 (n, m)."""
        found: Tensor = self.trunk(x)
        return found.float()


def trunk_of(critic: DiscriminatorBuilder, space: Space) -> tuple[nn.Module, int]:
    """A critic without its head, data (n, *shape) -> features (n, m), and m."""
    net = critic(space)
    assert isinstance(net, Score)
    return net.trunk, net.head.in_features


def flat_norm(width: int) -> list[nn.Module]:
    """Batch normalisation of vectors (n, width), as that of maps of one pixel."""
    return [nn.Unflatten(1, (width, 1, 1)), BatchNorm()(width), nn.Flatten()]
