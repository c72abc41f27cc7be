"""The nets of a Laplacian pyramid: dense nets for the coarsest picture, convolutions for the details.

A picture x is split into a coarse one, `downsample(x)`, and the details h = x - `upsample(downsample(x))`;
their sum `upsample(downsample(x)) + h` is x again.  There is no normalisation.
Burt and Adelson 1983, The Laplacian Pyramid as a Compact Image Code; Denton et al. 2015, arXiv:1506.05751.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from sparring.core.planes import halved_sides, noise_slice
from sparring.core.space import Space
from sparring.nets.families import mlp
from sparring.nets.heads.heads import Score


def downsample(x: Tensor, times: int = 1) -> Tensor:
    """Return pictures (n, c, h, w) halved `times` times: each time blurred by (1, 3, 3, 1)/8, then stride 2.

    The blur is on both axes; at the border the weights inside the picture are normalised to sum 1.
    """
    for _ in range(times):
        x = functional.interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True)
    return x


def upsample(x: Tensor) -> Tensor:
    """Return pictures (n, c, h, w) upsampled bilinearly to (n, c, 2h, 2w)."""
    return functional.interpolate(x, scale_factor=2, mode="bilinear")


@dataclass(frozen=True)
class CoarseGenerator:
    """Build the dense generator of the coarsest picture from the code in z.

    `halvings` is the level of that picture, 0 the full size.
    Raises `BadInput` as `halved_sides` does.
    """

    width: int = 512
    depth: int = 2
    halvings: int = 2

    def __call__(self, space: Space) -> nn.Module:
        coarse = _coarse(space, self.halvings)
        start = noise_slice(space.shape[1:], self.halvings).start
        code = space.latent - start
        return LatentTailNet(start, mlp.Generator(self.width, self.depth)(replace(coarse, latent=code)))


@dataclass(frozen=True)
class CoarseDiscriminator:
    """Build the dense discriminator of the coarsest picture: (n, c, h, w) -> logits (n,).

    Raises `BadInput` as `halved_sides` does.
    """

    width: int = 512
    depth: int = 2
    halvings: int = 2

    def __call__(self, space: Space) -> nn.Module:
        return mlp.Discriminator(self.width, self.depth)(_coarse(space, self.halvings))


@dataclass(frozen=True)
class DetailGenerator:
    """Build the generator of one level: half-size picture and noise -> picture, by three 5x5 convolutions.

    `halvings` is the level of the output: 0 is the finest.  Raises `BadInput` as `halved_sides` does.
    """

    width: int = 64
    halvings: int = 0

    def __call__(self, space: Space) -> nn.Module:
        halved_sides(space.shape, self.halvings)
        channels = space.shape[0]
        body = nn.Sequential(
            nn.Conv2d(channels + 1, self.width, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(self.width, self.width, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(self.width, channels, 5, padding=2),
        )
        return DetailNet(noise_slice(space.shape[1:], self.halvings), body)


@dataclass(frozen=True)
class Discriminator:
    """Build the discriminator of one level: a 5x5 convolution, two 4x4 ones of stride 2, a dense layer.

    `halvings` is the level: 0 is the finest.  Raises `BadInput` as `halved_sides` does.
    """

    width: int = 64
    halvings: int = 0

    def __call__(self, space: Space) -> nn.Module:
        height, width = halved_sides(space.shape, self.halvings)
        trunk = nn.Sequential(
            nn.Conv2d(space.shape[0], self.width, 5, padding=2),
            nn.LeakyReLU(0.2),
            nn.Conv2d(self.width, self.width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(self.width, self.width, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
        )
        return Score(trunk, nn.Linear(self.width * (height // 4) * (width // 4), 1))


@final
class LatentTailNet(nn.Module):
    """z (n, latent) -> pictures; only z[:, start:] is used."""

    def __init__(self, start: int, body: nn.Module) -> None:
        super().__init__()
        self.start = start
        self.body = body

    def forward(self, z: Tensor) -> Tensor:
        x: Tensor = self.body(z[:, self.start :])
        return x


@final
class DetailNet(nn.Module):
    """Pictures (n, c, h/2, w/2) and z (n, latent) -> l + body(l, noise), (n, c, h, w).

    l are the upsampled pictures; the noise is one channel, the slice of z for this level.
    """

    def __init__(self, noise: slice, body: nn.Module) -> None:
        super().__init__()
        self.noise = noise
        self.body = body

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        blurred = upsample(x)
        return blurred + self.details(blurred, z)

    def details(self, blurred: Tensor, z: Tensor) -> Tensor:
        """The details to add to the blurred picture, of its shape; float32, unbounded."""
        noise = z[:, self.noise].reshape(-1, 1, *blurred.shape[2:])
        details: Tensor = self.body(torch.cat([blurred, noise], 1))
        return details.float()


def _coarse(space: Space, halvings: int) -> Space:
    return replace(space, shape=(space.shape[0], *halved_sides(space.shape, halvings)))
