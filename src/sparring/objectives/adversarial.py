"""Pairs of losses on logits: `.d` for the discriminator, `.g` for the generator, both to be minimised.

Logits are float tensors (n,), high for real; each loss is a scalar, the mean over the batch.
log sigmoid(v) is written -softplus(-v), which neither overflows nor loses its gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import softplus


class LossPair(Protocol):
    """A discriminator's loss d and a generator's loss g, on scores (n,); each returns a scalar.

    `real` are the discriminator's scores of data, `fake` those of fakes, high for real.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor: ...

    def g(self, fake: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Minimax:
    """The minimax loss: d = -E log D(x) - E log(1 - D(G(z))), and g = E log(1 - D(G(z))).

    Goodfellow et al. 2014, arXiv:1406.2661, equation 1.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(-real).mean() + softplus(fake).mean()

    def g(self, fake: Tensor) -> Tensor:
        return -softplus(fake).mean()


@dataclass(frozen=True)
class NonSaturating:
    """The non-saturating loss: `Minimax`'s d, and g = -E log D(G(z)).

    The gradient of g does not vanish where the discriminator is sure.
    Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return Minimax().d(real, fake)

    def g(self, fake: Tensor) -> Tensor:
        return softplus(-fake).mean()


@dataclass(frozen=True)
class Wasserstein:
    """The difference of means: d = E D(G(z)) - E D(x), g = -E D(G(z)).

    -d is the critic's estimate of the Wasserstein distance, up to its Lipschitz constant.
    Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, equation 2.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return fake.mean() - real.mean()

    def g(self, fake: Tensor) -> Tensor:
        return -fake.mean()


@dataclass(frozen=True)
class Relativistic:
    """The relativistic pairing loss: compares the i-th fake with the i-th real sample; g needs both logits.

    d = E softplus(-(v(x) - v(G(z)))), g = E softplus(-(v(G(z)) - v(x))).
    Jolicoeur-Martineau 2018, arXiv:1807.00734, section 4; Huang et al. 2024, arXiv:2501.05441, equation 2.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(fake - real).mean()

    def g(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(real - fake).mean()


@dataclass(frozen=True)
class LeastSquares:
    """Squared errors to targets: D's are `a` for fakes and `b` for data; the generator's is `c` for fakes.

    d = E (D(x) - b)^2 / 2 + E (D(G(z)) - a)^2 / 2, g = E (D(G(z)) - c)^2 / 2: the gradient grows with the
    error, on both sides.  The optimal discriminator is (b p + a q) / (p + q).  With b - c = 1 and b - a = 2,
    e.g. (-1, 1, 0), the generator minimises Pearson's divergence of (p + q) / 2 and q.
    Mao et al. 2016, arXiv:1611.04076, equations 2 and 8.
    """

    a: float = 0.0
    b: float = 1.0
    c: float = 1.0

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return (real - self.b).square().mean() / 2 + (fake - self.a).square().mean() / 2

    def g(self, fake: Tensor) -> Tensor:
        return (fake - self.c).square().mean() / 2


@dataclass(frozen=True)
class Hinge:
    """The hinge loss: d = E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))), g = -E D(G(z)).

    Data with a score above 1 and fakes with one below -1 give the discriminator no gradient.
    Lim and Ye 2017, arXiv:1705.02894, section 3.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return (1 - real).relu().mean() + (1 + fake).relu().mean()

    def g(self, fake: Tensor) -> Tensor:
        return -fake.mean()


@dataclass(frozen=True)
class Softmax:
    """Cross-entropy with one softmax over all samples of both batches; d and g need both scores.

    The discriminator's target is uniform over the data, d = log Z - E D(x); the generator's is uniform over
    data and fakes, g = log Z - (mean score of all), with Z the sum of exp(score) over both batches.
    Lin 2017, arXiv:1704.06191, equations 3 and 4.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return torch.cat([real, fake]).logsumexp(0) - real.mean()

    def g(self, real: Tensor, fake: Tensor) -> Tensor:
        both = torch.cat([real, fake])
        return both.logsumexp(0) - both.mean()


Game = LossPair | Relativistic | Softmax
"""A pair of losses; for `Relativistic` and `Softmax` g needs the scores of data too."""
