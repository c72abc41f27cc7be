"""The recipe that trains an encoder on generated pictures with random masks, without data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.core.optim import Adam
from sparring.core.recipe import Average, Recipe, Turn
from sparring.core.schedule import LinearDecay
from sparring.core.space import Space
from sparring.inverse.initial import gaussian, with_mask
from sparring.inverse.masks import masks
from sparring.nets.families import dcgan, mlp

TRAINING_MASKS = (
    "centre",
    "half",
    "left",
    "pattern:0.1",
    "pattern:0.25",
    "pattern:0.5",
    "random:0.5",
    "random:0.8",
)
"""Masks that the encoder is trained with, beside no mask."""

MASKS_PER_KIND = 256
"""Number of masks of each kind."""


@dataclass(frozen=True)
class MaskedEncoder:
    """Build E, from pictures with a mask channel (`with_mask`), (n, C + 1, H, W), to (n, 2 * latent).

    E is a `dcgan.Discriminator` of `width` channels if that can be built for the picture's sides, otherwise
    an `mlp.Discriminator` of width 8 * `width` and depth 3.
    """

    width: int = 64

    def __call__(self, space: Space) -> nn.Module:
        channels, height, width = space.shape
        with_mask_channel = replace(space, shape=(channels + 1, height, width))
        try:
            return dcgan.Discriminator(self.width, outputs=2 * space.latent)(with_mask_channel)
        except BadInput:
            return mlp.Discriminator(8 * self.width, 3, outputs=2 * space.latent)(with_mask_channel)


@dataclass(frozen=True)
class TrainedNet:
    """Return a trained net instead of building one; it stays in evaluation mode."""

    net: nn.Module

    def __call__(self, space: Space) -> nn.Module:
        return EvaluationOnly(self.net)


@final
class EvaluationOnly(nn.Module):
    """Wrap a net so that it stays in evaluation mode, even after `train()`."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net.eval()

    def train(self, mode: bool = True) -> EvaluationOnly:
        super().train(mode)
        self.net.eval()
        return self

    def forward(self, z: Tensor) -> Tensor:
        pictures: Tensor = self.net(z)
        return pictures


@dataclass(frozen=True)
class RandomMasks:
    """Build a `MaskBank` with `MASKS_PER_KIND` masks of each of `kinds`, and as many that mask nothing.

    `kinds` are mask specifications as in `masks`, drawn from `seed`.
    """

    seed: int = 0
    kinds: Sequence[str] = TRAINING_MASKS

    def __call__(self, space: Space) -> nn.Module:
        _, height, width = space.shape
        kinds = [masks(kind, MASKS_PER_KIND, height, width, self.seed) for kind in self.kinds]
        return MaskBank(torch.from_numpy(np.concatenate([np.zeros_like(kinds[0]), *kinds])))


@final
class MaskBank(nn.Module):
    """Select from k masks, bool (k, H, W), by n numbers u in [0, 1): mask floor(u * k) each, (n, H, W)."""

    missing: Tensor

    def __init__(self, missing: Tensor) -> None:
        super().__init__()
        self.register_buffer("missing", missing, persistent=False)

    def forward(self, u: Tensor) -> Tensor:
        index = (u.flatten() * len(self.missing)).long()
        chosen: Tensor = self.missing[index]
        return chosen


@dataclass(frozen=True)
class InversionLoss:
    """The negative log-likelihood of the latent under E's normal, and the reconstruction error of its mean.

        E:  min  -E log N(z; mean, std) / size + weight * E (G(mean) - G(z))^2

    E sees G(z) with a random mask.  Returns the terms "latent", without the constant log(2 pi) / 2, and
    "picture", `weight` times the mean over pixels and channels.  Searches start from its output, as in Zhu et
    al. 2016, arXiv:1609.03552, section 3.1, here without data and with the mask as an input.
    """

    weight: float = 10.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        x, missing = n.G(b.z), n.Holes(b.u)
        mean, std = gaussian(n.E(with_mask(torch.where(missing[:, None], 0.0, x), missing)))
        likelihood = ((b.z - mean) / std).square() / 2 + std.log()
        return {
            "latent": likelihood.mean(),
            "picture": self.weight * (n.G(mean) - x).square().mean(),
        }


def encoder_recipe(G: nn.Module, latent: Latent, *, width: int, lr: float, batch: int, seed: int) -> Recipe:
    """Return the recipe that trains an encoder E to map pictures G(z) with random masks to z.

    E is a `MaskedEncoder(width)`, trained on `InversionLoss` by Adam with learning rate `lr`, constant for
    three tenths of the steps and then falling linearly to 0, on batches of `batch` draws of `latent`.  G is
    not trained.  `seed` draws the masks.
    """
    return Recipe(
        name="encoder",
        paper="1609.03552",
        title="Generative Visual Manipulation on the Natural Image Manifold",
        year=2016,
        nets={
            "G": TrainedNet(G),
            "E": MaskedEncoder(width),
            "Holes": RandomMasks(seed),
        },
        roles={"G": "generator", "E": "encoder", "Holes": "state"},
        turns={
            "E": Turn(InversionLoss(), Adam(lr, (0.9, 0.99)), schedule=LinearDecay(0.3)),
        },
        averages={"E": Average(0.999)},
        latent=latent,
        sampler=reconstruct,
        batch=batch,
    )


def reconstruct(n: Nets, b: Batch) -> Tensor:
    """Return G(mean), (n, C, H, W), with E's mean for the pictures G(`b.z`) with their centre masked."""
    x = n["G"](b.z)
    height, width = x.shape[2:]
    missing = torch.from_numpy(masks("centre", len(x), height, width, 0)).to(x.device)
    mean, _ = gaussian(n["E"](with_mask(torch.where(missing[:, None], 0.0, x), missing)))
    reconstruction: Tensor = n["G"](mean)
    return reconstruction
