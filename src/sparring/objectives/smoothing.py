"""Label smoothing and noisy labels: discriminator targets other than 1 and 0."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class SmoothedLabels:
    """Cross-entropy with the targets `real` and `fake`, both in [0, 1], in place of 1 and 0.

    d = E [softplus(v(x)) - real * v(x)] + E [softplus(v(G(z))) - fake * v(G(z))], g = E softplus(-v(G(z))).
    At the optimum sigmoid(v) = (real * p + fake * q) / (p + q): with fake > 0 fakes would score higher where
    there are no data, so only the data's target should be lowered.
    Salimans et al. 2016, arXiv:1606.03498, section 3.4.
    """

    real: float = 0.9
    fake: float = 0.0

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        on_data = softplus(real) - self.real * real
        on_fakes = softplus(fake) - self.fake * fake
        return on_data.mean() + on_fakes.mean()

    def g(self, fake: Tensor) -> Tensor:
        return softplus(-fake).mean()


@dataclass(frozen=True)
class RandomLabels:
    """Cross-entropy with random targets for each sample, uniform in `real` for data and in `fake` for fakes.

    With probability `flips` a sample gets a target of the other kind.  Both ranges move the optimal
    discriminator as their means would (`SmoothedLabels`), so targets of fakes above 0 retain bad samples
    where there are no data. Chintala et al. 2016, How to train a GAN?, item 6.
    """

    real: tuple[float, float] = (0.7, 1.2)
    fake: tuple[float, float] = (0.0, 0.3)
    flips: float = 0.05

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        on_data = softplus(real) - self._targets(real, self.real, self.fake) * real
        on_fakes = softplus(fake) - self._targets(fake, self.fake, self.real) * fake
        return on_data.mean() + on_fakes.mean()

    def g(self, fake: Tensor) -> Tensor:
        return softplus(-fake).mean()

    def _targets(self, v: Tensor, own: tuple[float, float], other: tuple[float, float]) -> Tensor:
        u = torch.rand_like(v)
        flipped = torch.rand_like(v) < self.flips
        return torch.where(flipped, other[0] + (other[1] - other[0]) * u, own[0] + (own[1] - own[0]) * u)
