"""Prior distributions of the latent z."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from sparring.core.space import Space


class Latent(ABC):
    """A distribution of z, shape (n, size); size 0 for recipes that generate samples from data instead.

    The methods that are not abstract fit a prior that does not depend on the data, whose support is the whole
    space and whose density is constant; other priors override them.
    """

    @property
    @abstractmethod
    def size(self) -> int:
        """Length of z."""

    def fit_to(self, space: Space) -> Latent:
        """Return the prior for data of `space` (`space.latent` is ignored): by default itself."""
        return self

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Return `n` independent latents, float32 (n, size), on the generator's device."""

    def project(self, z: Tensor) -> Tensor:
        """Return for each row of `z` (n, size) the nearest point of the prior's support, (n, size)."""
        return z

    def energy(self, z: Tensor) -> Tensor:
        """Return minus the log density of each row of `z` (n, size), (n,), up to a constant.

        It is 0 for a uniform prior, also outside its support.
        """
        return torch.zeros_like(z[:, 0])


@dataclass(frozen=True)
class Normal(Latent):
    """z ~ N(0, I)."""

    size: int = 100

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.randn(n, self.size, generator=generator, device=generator.device)

    def energy(self, z: Tensor) -> Tensor:
        return z.square().sum(1) / 2


@dataclass(frozen=True)
class Sphere(Latent):
    """z uniform on the sphere of radius sqrt(size), where almost all of N(0, I) lies.

    White 2016, Sampling Generative Networks, arXiv:1609.04468.
    """

    size: int = 100

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return self.project(torch.randn(n, self.size, generator=generator, device=generator.device))

    def project(self, z: Tensor) -> Tensor:
        scale: Tensor = self.size**0.5 / torch.linalg.vector_norm(z, dim=1, keepdim=True).clamp_min(1e-12)
        return z * scale


class UniformCube(Latent):
    """A prior that is uniform on [-1, 1]^size, whatever its numbers are used for."""

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.rand(n, self.size, generator=generator, device=generator.device) * 2 - 1

    def project(self, z: Tensor) -> Tensor:
        return z.clamp(-1, 1)


@dataclass(frozen=True)
class Uniform(UniformCube):
    """z ~ U[-1, 1], independently in each dimension."""

    size: int = 100
