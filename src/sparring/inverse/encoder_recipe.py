"""How an encoder learns: from what the generator makes and random holes, without data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.core.optim import Adam
from sparring.core.recipe import Average, Recipe, Turn
from sparring.core.schedule import Falling
from sparring.core.space import Space
from sparring.inverse.initial import gaussian, with_mask
from sparring.inverse.masks import masks
from sparring.nets.families import dcgan, mlp

KINDS = ("centre", "half", "left", "pattern:0.1", "pattern:0.25", "pattern:0.5", "random:0.5", "random:0.8")
"""Holes that are learnt from, and none at all."""

HOLES = 256
"""Masks of each kind."""


@dataclass(frozen=True)
class Encoder:
    """Builds E: (n, C + 1, H, W), a picture with 0 where it is missing and its mask, to (n, 2 * latent).

    Convolutions where the picture can be halved, dense layers where it cannot.
    """

    width: int = 64

    def __call__(self, space: Space) -> nn.Module:
        channels, height, width = space.shape
        seen = replace(space, shape=(channels + 1, height, width))
        try:
            return dcgan.Critic(self.width, outputs=2 * space.latent)(seen)
        except BadInput:
            return mlp.Critic(8 * self.width, 3, outputs=2 * space.latent)(seen)


@dataclass(frozen=True)
class Known:
    """Builds nothing: hands out a trained net, which stays in evaluation mode."""

    net: nn.Module

    def __call__(self, space: Space) -> nn.Module:
        return Still(self.net)


@final
class Still(nn.Module):
    """A net that is used as it is in evaluation, whatever mode is asked for."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net.eval()

    def train(self, mode: bool = True) -> Still:
        super().train(mode)
        self.net.eval()
        return self

    def forward(self, z: Tensor) -> Tensor:
        made: Tensor = self.net(z)
        return made


@dataclass(frozen=True)
class Holes:
    """Builds a store of masks."""

    seed: int = 0
    kinds: Sequence[str] = KINDS

    def __call__(self, space: Space) -> nn.Module:
        _, height, width = space.shape
        drawn = [masks(kind, HOLES, height, width, self.seed) for kind in self.kinds]
        return Store(torch.from_numpy(np.concatenate([np.zeros_like(drawn[0]), *drawn])))


@final
class Store(nn.Module):
    """Masks, bool (k, H, W), that a uniform number chooses from."""

    missing: Tensor

    def __init__(self, missing: Tensor) -> None:
        super().__init__()
        self.register_buffer("missing", missing, persistent=False)

    def forward(self, u: Tensor) -> Tensor:
        index = (u.flatten() * len(self.missing)).long()
        found: Tensor = self.missing[index]
        return found


@dataclass(frozen=True)
class Inverse:
    """The latent's log-likelihood under E's answer, and how far G of its mean is from the whole picture.

        E:  min  -E log N(z; mean, deviation) / size + weight * E (G(mean) - G(z))^2

    with mean and deviation from G(z) and a random hole; the search starts where it says, as in Zhu et al.
    2016, arXiv:1609.03552, section 3.1, here without data and aware of the hole.
    """

    weight: float = 10.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        x, missing = n.G(b.z), n.Holes(b.u)
        mean, deviation = gaussian(n.E(with_mask(torch.where(missing[:, None], 0.0, x), missing)))
        likelihood = ((b.z - mean) / deviation).square() / 2 + deviation.log()
        return {
            "latent": likelihood.mean(),
            "picture": self.weight * (n.G(mean) - x).square().mean(),
        }


@dataclass(frozen=True)
class Learning:
    """What an encoder is and how it learns."""

    width: int = 64
    lr: float = 1e-3
    weight: float = 10.0
    batch: int = 64
    kinds: Sequence[str] = field(default=KINDS)


def game(G: nn.Module, latent: Latent, how: Learning, seed: int) -> Recipe:
    """The game of one player: E learns what G does."""
    return Recipe(
        name="encoder",
        paper="1609.03552",
        title="Generative Visual Manipulation on the Natural Image Manifold",
        year=2016,
        nets={"G": Known(G), "E": Encoder(how.width), "Holes": Holes(seed, how.kinds)},
        turns={"E": Turn(Inverse(how.weight), Adam(how.lr, (0.9, 0.99)), schedule=Falling(0.3))},
        averages={"E": Average(0.999)},
        latent=latent,
        sampler=remade,
        batch=how.batch,
    )


def remade(n: Nets, b: Batch) -> Tensor:
    """What G makes of E's answer to G(z) without its centre."""
    x = n["G"](b.z)
    height, width = x.shape[2:]
    missing = torch.from_numpy(masks("centre", len(x), height, width, 0)).to(x.device)
    mean, _ = gaussian(n["E"](with_mask(torch.where(missing[:, None], 0.0, x), missing)))
    found: Tensor = n["G"](mean)
    return found
