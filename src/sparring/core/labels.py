"""A latent in two parts: noise, and the label that a sample is to have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from sparring.core.errors import BadInput
from sparring.core.latent import Latent, Uniform
from sparring.core.space import Space


@dataclass(frozen=True)
class Labels:
    """z = (noise, one-hot label), independent; labels are drawn as often as the training data have them.

    Drawn otherwise, a critic could tell by the label alone.  Mirza and Osindero 2014, arXiv:1411.1784.
    """

    noise: Latent = field(default_factory=Uniform)
    shares: tuple[float, ...] = ()
    """How often each label is drawn, (classes,), in sum 1; () before `fitted`."""

    @property
    def size(self) -> int:
        return self.noise.size + len(self.shares)

    def fitted(self, space: Space) -> Labels:
        """The prior for data of `space`; `BadInput` where they are not of two classes or more."""
        if space.classes < 2:
            raise BadInput(
                "samples are asked for by their label, but the data have "
                f"{'one class alone' if space.classes else 'no labels'}: give data with two classes or more"
            )
        even = (1 / space.classes,) * space.classes
        return replace(self, noise=self.noise.fitted(space), shares=space.shares or even)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        noise, shares = self.noise.sample(n, generator), torch.tensor(self.shares, device=generator.device)
        drawn = torch.multinomial(shares, n, replacement=True, generator=generator)
        return torch.cat([noise, one_hot(drawn, len(self.shares)).to(noise.dtype)], 1)

    def project(self, z: Tensor) -> Tensor:
        noise, label = self._parts(z)
        return torch.cat([self.noise.project(noise), _whole(label)], 1)

    def energy(self, z: Tensor) -> Tensor:
        noise, label = self._parts(z)
        rare = torch.tensor(self.shares, device=z.device, dtype=z.dtype).clamp_min(1e-12)
        return self.noise.energy(noise) - rare.log()[label.argmax(1)]

    def asking(self, z: Tensor, y: Tensor) -> Tensor:
        """The noise of `z` (n, size) with labels `y`, int64 (n,)."""
        return torch.cat([self._parts(z)[0], one_hot(y, len(self.shares)).to(z.dtype)], 1)

    def _parts(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return z[:, : self.noise.size], z[:, self.noise.size :]


def asked(z: Tensor, classes: int) -> Tensor:
    """The label that each row of z (n, size) asks for, int64 (n,), read off its last `classes` numbers."""
    return z[:, -classes:].argmax(1)


def labels_of(latent: Latent, z: Tensor) -> Tensor | None:
    """What `asked` gives; None where the prior of z is one without labels."""
    return asked(z, len(latent.shares)) if isinstance(latent, Labels) else None


def _whole(label: Tensor) -> Tensor:
    return one_hot(label.argmax(1), label.shape[1]).to(label.dtype)
