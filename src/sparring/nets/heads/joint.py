"""Nets for pairs of sample and latent: a joint discriminator and an encoder.

Each is built on the trunk of a discriminator.
Donahue, Kraehenbuehl and Darrell 2016, arXiv:1605.09782; Dumoulin et al. 2016, arXiv:1606.00704.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from sparring.core.builders import DiscriminatorBuilder
from sparring.core.space import Space
from sparring.nets.heads.heads import Score, TrunkNet
from sparring.nets.layers.norm import BatchNorm


@dataclass(frozen=True)
class JointDiscriminator:
    """Build D(x, z): a layer of `width` units on the features of x and on a layer of `width` units on z.

    The head of `discriminator` is not used.  Raises what `discriminator` raises.
    """

    discriminator: DiscriminatorBuilder
    width: int = 256

    def __call__(self, space: Space) -> nn.Module:
        trunk, features = build_trunk(self.discriminator, space)
        read = nn.Sequential(nn.Linear(space.latent, self.width), nn.LeakyReLU(0.2))
        judge = nn.Sequential(
            nn.Linear(features + self.width, self.width), nn.LeakyReLU(0.2), nn.Linear(self.width, 1)
        )
        return JointScore(trunk, read, judge)


@dataclass(frozen=True)
class LatentEncoder:
    """Build E(x): a discriminator's trunk and a linear layer to the latent, batch norm, tanh.

    So E(x) fills the cube of a uniform latent from the first step on, and does not lie on a thin set by
    which D could recognise it.  Without `bounded` there is no tanh, as a normal latent needs.  Raises what
    `discriminator` raises.
    """

    discriminator: DiscriminatorBuilder
    bounded: bool = True

    def __call__(self, space: Space) -> nn.Module:
        trunk, features = build_trunk(self.discriminator, space)
        head = [nn.Linear(features, space.latent, bias=False), *vector_batch_norm(space.latent)]
        return LatentEncoderNet(trunk, nn.Sequential(*head), bounded=self.bounded)


@final
class JointScore(nn.Module):
    """A discriminator of pairs, x (n, *shape) and z (n, latent) -> logits (n,), float32."""

    def __init__(self, trunk: nn.Module, read: nn.Module, judge: nn.Module) -> None:
        super().__init__()
        self.trunk, self.read, self.judge = trunk, read, judge

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        logits: Tensor = self.judge(torch.cat([self.trunk(x), self.read(z)], 1))
        return logits.float().squeeze(1)


@final
class LatentEncoderNet(TrunkNet):
    """A deterministic encoder, x (n, *shape) -> z (n, latent), float32."""

    def __init__(self, trunk: nn.Module, head: nn.Module, *, bounded: bool) -> None:
        super().__init__()
        self.trunk, self.head, self.bounded = trunk, head, bounded

    def forward(self, x: Tensor) -> Tensor:
        z: Tensor = self.head(self.trunk(x)).float()
        return z.tanh() if self.bounded else z


def build_trunk(builder: DiscriminatorBuilder, space: Space) -> tuple[nn.Module, int]:
    """Return the trunk of the discriminator that `builder` builds, and the number m of its features.

    The trunk maps data (n, *shape) to features (n, m); the discriminator must be a `Score`, whose head is
    left out.
    """
    net = builder(space)
    assert isinstance(net, Score)
    return net.trunk, net.head.in_features


def vector_batch_norm(width: int) -> list[nn.Module]:
    """Return the layers of batch normalisation of vectors (n, width), treated as maps of one pixel."""
    return [nn.Unflatten(1, (width, 1, 1)), BatchNorm()(width), nn.Flatten()]
