"""Prior distributions of the latent z."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from sparring.core.space import Space


class Latent(Protocol):
    """A distribution of z, shape (n, size); size 0 for recipes that generate samples from data instead."""

    @property
    def size(self) -> int: ...

    def fit_to(self, space: Space) -> Latent:
        """Return the prior for data of `space` (`space.latent` is ignored): by default itself."""
        ...

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw `n` independent latents, float32, on the generator's device."""
        ...

    def project(self, z: Tensor) -> Tensor:
        """Return the point of the prior's support nearest to `z`."""
        ...

    def energy(self, z: Tensor) -> Tensor:
        """Return minus the log density of each row of `z`, up to a constant; 0 for a uniform prior."""
        ...


@dataclass(frozen=True)
class Normal:
    """z ~ N(0, I)."""

    size: int = 100

    def fit_to(self, space: Space) -> Normal:
        return self

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.randn(n, self.size, generator=generator, device=generator.device)

    def project(self, z: Tensor) -> Tensor:
        return z

    def energy(self, z: Tensor) -> Tensor:
        return z.square().sum(1) / 2


@dataclass(frozen=True)
class Sphere:
    """z uniform on the sphere of radius sqrt(size), where almost all of N(0, I) lies.

    White 2016, Sampling Generative Networks, arXiv:1609.04468.
    """

    size: int = 100

    def fit_to(self, space: Space) -> Sphere:
        return self

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return self.project(torch.randn(n, self.size, generator=generator, device=generator.device))

    def project(self, z: Tensor) -> Tensor:
        scale: Tensor = self.size**0.5 / torch.linalg.vector_norm(z, dim=1, keepdim=True).clamp_min(1e-12)
        return z * scale

    def energy(self, z: Tensor) -> Tensor:
        return torch.zeros_like(z[:, 0])


@dataclass(frozen=True)
class Uniform:
    """z ~ U[-1, 1], independently in each dimension."""

    size: int = 100

    def fit_to(self, space: Space) -> Uniform:
        return self

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        return torch.rand(n, self.size, generator=generator, device=generator.device) * 2 - 1

    def project(self, z: Tensor) -> Tensor:
        return z.clamp(-1, 1)

    def energy(self, z: Tensor) -> Tensor:
        return torch.zeros_like(z[:, 0])
