"""A latent in two parts: noise, and the label that the sample is to have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from sparring.core.errors import BadInput
from sparring.core.knobs import FIXED
from sparring.core.latent import Latent, Uniform
from sparring.core.space import Space


@dataclass(frozen=True)
class Labels(Latent):
    """z = (noise, one-hot label), independent; labels are drawn with their frequencies in the training data.

    With other frequencies a discriminator could tell fakes by the label alone.
    Mirza and Osindero 2014, arXiv:1411.1784.
    """

    noise: Latent = field(default_factory=Uniform)
    shares: tuple[float, ...] = field(default=(), metadata=FIXED)
    """Probability of each label, (classes,), in sum 1; () before `fit_to`."""

    @property
    def size(self) -> int:
        return self.noise.size + len(self.shares)

    def fit_to(self, space: Space) -> Labels:
        """Return the prior for data of `space`; raises `BadInput` for fewer than two classes."""
        if space.classes < 2:
            raise BadInput(
                "this recipe generates samples by label, but the data have "
                f"{'only one class' if space.classes else 'no labels'}: give data with two classes or more"
            )
        even = (1 / space.classes,) * space.classes
        return replace(self, noise=self.noise.fit_to(space), shares=space.shares or even)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        noise, shares = self.noise.sample(n, generator), torch.tensor(self.shares, device=generator.device)
        y = torch.multinomial(shares, n, replacement=True, generator=generator)
        return torch.cat([noise, one_hot(y, len(self.shares)).to(noise.dtype)], 1)

    def project(self, z: Tensor) -> Tensor:
        noise, label = self._parts(z)
        return torch.cat([self.noise.project(noise), _whole(label)], 1)

    def energy(self, z: Tensor) -> Tensor:
        noise, label = self._parts(z)
        shares = torch.tensor(self.shares, device=z.device, dtype=z.dtype).clamp_min(1e-12)
        return self.noise.energy(noise) - shares.log()[label.argmax(1)]

    def with_labels(self, z: Tensor, y: Tensor) -> Tensor:
        """Return a copy of `z` (n, size) with the labels `y`, int64 (n,), in place of its own."""
        return torch.cat([self._parts(z)[0], one_hot(y, len(self.shares)).to(z.dtype)], 1)

    def _parts(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return z[:, : self.noise.size], z[:, self.noise.size :]


def label_of_latent(z: Tensor, classes: int) -> Tensor:
    """Return the label in each row of z (n, size), int64 (n,): the argmax of its last `classes` entries."""
    return z[:, -classes:].argmax(1)


def latent_labels(latent: Latent, z: Tensor) -> Tensor | None:
    """Return the labels in `z`, int64 (n,); None if `latent` is a prior without labels."""
    return label_of_latent(z, len(latent.shares)) if isinstance(latent, Labels) else None


def _whole(label: Tensor) -> Tensor:
    return one_hot(label.argmax(1), label.shape[1]).to(label.dtype)
