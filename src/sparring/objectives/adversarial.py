"""Pairs of losses on logits: `.d` for the critic, `.g` for the generator, both to be minimised.

Logits are float tensors (n,), high for real; each loss is a scalar, the mean over the batch.
log sigmoid(v) is written -softplus(-v), which neither overflows nor loses its gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import softplus


class Pair(Protocol):
    """A critic's loss and the generator's answer to it."""

    def d(self, real: Tensor, fake: Tensor) -> Tensor: ...

    def g(self, fake: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Minimax:
    """The value itself: d = -E log D(x) - E log(1 - D(G(z))), and g is what of -d depends on G.

    Goodfellow et al. 2014, arXiv:1406.2661, equation 1.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(-real).mean() + softplus(fake).mean()

    def g(self, fake: Tensor) -> Tensor:
        return -softplus(fake).mean()


@dataclass(frozen=True)
class NonSaturating:
    """The same critic; the generator raises log D(G(z)), whose slope stays where the critic is sure.

    Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return Minimax().d(real, fake)

    def g(self, fake: Tensor) -> Tensor:
        return softplus(-fake).mean()


@dataclass(frozen=True)
class Wasserstein:
    """The difference of means; -d is the critic's estimate of the distance, up to its Lipschitz constant.

    Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875, equation 2.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return fake.mean() - real.mean()

    def g(self, fake: Tensor) -> Tensor:
        return -fake.mean()


@dataclass(frozen=True)
class Relativistic:
    """Each fake is judged against one real sample, the i-th against the i-th; both sides need both logits.

    d = E softplus(-(v(x) - v(G(z)))), g = E softplus(-(v(G(z)) - v(x))).
    Jolicoeur-Martineau 2018, arXiv:1807.00734, section 4; Huang et al. 2024, arXiv:2501.05441, equation 2.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(fake - real).mean()

    def g(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(real - fake).mean()


@dataclass(frozen=True)
class LeastSquares:
    """Squared distances to targets: `a` for fakes and `b` for data; the generator aims its fakes at `c`.

    d = E (D(x) - b)^2 / 2 + E (D(G(z)) - a)^2 / 2, g = E (D(G(z)) - c)^2 / 2: the slope grows with the
    distance, on both sides.  The best critic is (b p + a q) / (p + q).  With b - c = 1 and b - a = 2, e.g.
    (-1, 1, 0), the generator lessens Pearson's divergence of (p + q) / 2 and q.
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
    """Data should score 1 or more and fakes -1 or less; what does teaches the critic nothing further.

    d = E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))), g = -E D(G(z)).
    Lim and Ye 2017, arXiv:1705.02894, section 3.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return (1 - real).relu().mean() + (1 + fake).relu().mean()

    def g(self, fake: Tensor) -> Tensor:
        return -fake.mean()


@dataclass(frozen=True)
class Softmax:
    """One softmax over all samples of both batches; both sides need both scores.

    The critic spreads the mass over the data alone, d = log Z - E D(x); the generator spreads it over data
    and fakes alike, g = log Z - (mean score of all), with Z the sum of exp(score) over both batches.
    Lin 2017, arXiv:1704.06191, equations 3 and 4.
    """

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return torch.cat([real, fake]).logsumexp(0) - real.mean()

    def g(self, real: Tensor, fake: Tensor) -> Tensor:
        both = torch.cat([real, fake])
        return both.logsumexp(0) - both.mean()


Game = Pair | Relativistic | Softmax
"""A pair of losses; the latter two judge a fake beside the data."""
