"""Generators of binary pixels: logits of independent Bernoulli variables, sampled by noise in the latent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.core.recipe import Builder
from sparring.core.space import Space
from sparring.nets.families import dcgan
from sparring.nets.heads.heads import SampleHead

CODE = 100
"""Default size of the part of the latent from which the logits are computed."""


@dataclass(frozen=True)
class BernoulliLatent(Latent):
    """z = (code ~ N(0, I), noise ~ U[0, 1)): `code` numbers, then one for each pixel of `tosses` samples."""

    code: int = CODE
    tosses: int = 20
    pixels: int = 0
    """Numbers in a sample; 0 until the prior is fitted to the data."""

    @property
    def size(self) -> int:
        return self.code + self.tosses * self.pixels

    def fit_to(self, space: Space) -> BernoulliLatent:
        return replace(self, pixels=prod(space.shape))

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        device = generator.device
        code = torch.randn(n, self.code, generator=generator, device=device)
        noise = torch.rand(n, self.size - self.code, generator=generator, device=device)
        return torch.cat([code, noise], 1)

    def project(self, z: Tensor) -> Tensor:
        return torch.cat([z[:, : self.code], z[:, self.code :].clamp(0, 1)], 1)

    def energy(self, z: Tensor) -> Tensor:
        return z[:, : self.code].square().sum(1) / 2


@dataclass(frozen=True)
class Generator:
    """Build a net that samples binary data: `body` computes logits, noise in the latent samples the pixels.

    The latent's first `code` numbers are the input of `body`; the rest is the noise.  `body` is a generator
    that ends in `SampleHead`: its values before tanh are the logits.  Raises `BadInput` unless the latent
    is a code and noise for one or more whole samples.
    """

    body: Builder = field(default_factory=dcgan.Generator)
    code: int = CODE

    def __call__(self, space: Space) -> nn.Module:
        samples, rest = divmod(space.latent - self.code, prod(space.shape))
        if samples < 1 or rest:
            raise BadInput(
                f"a latent of {space.latent} is not a code of {self.code} and noise for whole pictures"
            )
        body = self.body(replace(space, latent=self.code))
        if not isinstance(body, SampleHead):
            raise BadInput(
                "a generator of binary pixels needs a body that ends in `SampleHead`; give another"
            )
        return BernoulliNet(body.body, space, self.code)


@dataclass(frozen=True)
class BernoulliSamples:
    """Logits of Bernoulli variables and samples of them."""

    logits: Tensor
    """Log odds of 1 against -1, float32 (n, *shape)."""
    samples: Tensor
    """m samples for each row of logits, 1 or -1, (n, m, *shape); without a gradient."""

    def log_probability(self) -> Tensor:
        """Return log g(x_i | z) of each sample in nats, (n, m): the sum over the numbers of the sample."""
        return logsigmoid(self.samples * self.logits.unsqueeze(1)).flatten(2).sum(2)


@final
class BernoulliNet(nn.Module):
    """z (n, code + m * numbers) -> the first sample, 1 or -1, (n, *shape) float32, without a gradient."""

    def __init__(self, body: nn.Module, space: Space, code: int) -> None:
        super().__init__()
        self.body = body
        self.shape = space.shape
        self.code = code

    def forward(self, z: Tensor) -> Tensor:
        return self.tossed(z[:, : self.code + prod(self.shape)]).samples[:, 0]

    def tossed(self, z: Tensor) -> BernoulliSamples:
        """Return the logits for z (n, code + m * numbers), and all m samples.

        A pixel is 1 if its noise is below sigmoid(logit), else -1.
        """
        logits: Tensor = self.body(z[:, : self.code]).float()
        noise = z[:, self.code :].view(len(z), -1, *self.shape)
        return BernoulliSamples(logits, torch.where(noise < logits.sigmoid().unsqueeze(1), 1.0, -1.0))
