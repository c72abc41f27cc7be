"""A latent in three parts: noise, categorical codes and continuous codes (InfoGAN)."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from sparring.core.errors import BadInput
from sparring.core.latent import Latent


@dataclass(frozen=True)
class Codes(Latent):
    """z = (noise, choices, scales), independent: U[-1, 1] numbers, one-hot vectors, U[-1, 1] numbers again.

    Each choice has `categories` equally likely values.  Chen et al. 2016, arXiv:1606.03657, section 7.
    """

    noise: int = 62
    choices: int = 1
    """Categorical codes."""
    categories: int = 10
    scales: int = 2
    """Continuous codes."""

    def __post_init__(self) -> None:
        if min(self.noise, self.choices, self.scales) < 0 or self.categories < 2 or not self.length:
            raise BadInput(f"{self}: a latent needs a choice among at least 2 categories, or a scale")

    @property
    def size(self) -> int:
        return self.noise + self.length

    @property
    def length(self) -> int:
        """Length of the codes, which are the last entries of z."""
        return self.choices * self.categories + self.scales

    @property
    def choice_entropy(self) -> float:
        """Entropy of the choices, in nats."""
        return self.choices * log(self.categories)

    @property
    def scale_entropy(self) -> float:
        """Differential entropy of the scales, in nats: the logarithm of the volume of [-1, 1]^scales."""
        return self.scales * log(2)

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        device = generator.device
        noise, scales = (torch.rand(n, k, generator=generator, device=device) * 2 - 1 for k in self._flat)
        indices = torch.randint(self.categories, (n, self.choices), generator=generator, device=device)
        return torch.cat([noise, one_hot(indices, self.categories).flatten(1).float(), scales], 1)

    def project(self, z: Tensor) -> Tensor:
        noise, choices, scales = self.parts(z)
        nearest = one_hot(choices.argmax(2), self.categories).flatten(1).to(z.dtype)
        return torch.cat([noise.clamp(-1, 1), nearest, scales.clamp(-1, 1)], 1)

    def parts(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Split z (n, size) into noise (n, noise), choices (n, choices, categories) and scales (n, scales).

        A tensor of the codes alone, (n, length), is split in the same way, with empty noise.
        """
        noise, choices, scales = z.tensor_split((z.shape[1] - self.length, z.shape[1] - self.scales), 1)
        return noise, choices.reshape(len(z), self.choices, self.categories), scales

    @property
    def _flat(self) -> tuple[int, int]:
        return self.noise, self.scales
