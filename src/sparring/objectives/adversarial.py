"""Pairs of losses on logits: `.d` for the critic, `.g` for the generator, both to be minimised.

Logits are float tensors (n,), high for real; each loss is a scalar, the mean over the batch.
log sigmoid(v) is written -softplus(-v), which neither overflows nor loses its gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

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
