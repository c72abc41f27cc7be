"""f-divergences between data p and fakes q, which f-GAN estimates and minimises with a discriminator.

D_f(p, q) = E_q f(p / q) >= E_p T - E_q f*(T) for every T in the domain of f*, with equality at T = f'(p / q).
A divergence here maps a score v, of any sign and high for real, to T, and to f*(T).
Nowozin, Cseke and Tomioka 2016, arXiv:1606.00709, equation 4 and tables 1, 2 and 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor
from torch.nn.functional import softplus

MAX_EXPONENT = 20.0
"""Exponentials are linear from here on: a density ratio above e^20 is an error of the discriminator."""


class Divergence(Protocol):
    """The two elementwise functions of scores (n,) that define an f-divergence's bound."""

    def activation(self, v: Tensor) -> Tensor:
        """T(v), increasing, in the domain of f*."""
        ...

    def conjugate(self, v: Tensor) -> Tensor:
        """f*(T(v)), computed from v directly where that is exact and cannot overflow."""
        ...


@dataclass(frozen=True)
class KL:
    """E_p log(p / q): f(r) = r log r, T = v, f*(T) = e^(T - 1)."""

    def activation(self, v: Tensor) -> Tensor:
        return v

    def conjugate(self, v: Tensor) -> Tensor:
        return _exp(v - 1)


@dataclass(frozen=True)
class ReverseKL:
    """E_q log(q / p): f(r) = -log r, T = -e^-v, f*(T) = -1 - log(-T)."""

    def activation(self, v: Tensor) -> Tensor:
        return -_exp(-v)

    def conjugate(self, v: Tensor) -> Tensor:
        return v - 1


@dataclass(frozen=True)
class Pearson:
    """The integral of (p - q)^2 / q: f(r) = (r - 1)^2, T = v, f*(T) = T^2 / 4 + T.

    The supremum is over all r, also below 0, as in the paper, so that a score below -2 gets a gradient back.
    """

    def activation(self, v: Tensor) -> Tensor:
        return v

    def conjugate(self, v: Tensor) -> Tensor:
        return v.square() / 4 + v


@dataclass(frozen=True)
class Hellinger:
    """The integral of (sqrt p - sqrt q)^2: f(r) = (sqrt r - 1)^2, T = 1 - e^-v, f*(T) = T / (1 - T)."""

    def activation(self, v: Tensor) -> Tensor:
        return 1 - _exp(-v)

    def conjugate(self, v: Tensor) -> Tensor:
        return _exp(v) - 1


@dataclass(frozen=True)
class JensenShannon:
    """KL(p, m) + KL(q, m) with m = (p + q) / 2: T = log 2 - softplus(-v), f*(T) = -log(2 - e^T)."""

    def activation(self, v: Tensor) -> Tensor:
        return math.log(2) - softplus(-v)

    def conjugate(self, v: Tensor) -> Tensor:
        return softplus(v) - math.log(2)


@dataclass(frozen=True)
class Logistic:
    """The original GAN's, `JensenShannon` - log 4: T = log D = -softplus(-v), f*(T) = -log(1 - e^T)."""

    def activation(self, v: Tensor) -> Tensor:
        return -softplus(-v)

    def conjugate(self, v: Tensor) -> Tensor:
        return softplus(v)


@dataclass(frozen=True)
class TotalVariation:
    """Half the integral of |p - q|: f(r) = |r - 1| / 2, T = tanh(v) / 2, f*(T) = T."""

    def activation(self, v: Tensor) -> Tensor:
        return v.tanh() / 2

    def conjugate(self, v: Tensor) -> Tensor:
        return v.tanh() / 2


@dataclass(frozen=True)
class Variational:
    """The losses of a divergence: d = E f*(T(D(G(z)))) - E T(D(x)), so that -d is a lower bound of it.

    If `saddle`, the generator minimises the bound itself, g = -E f*(T(D(G(z)))) (equation 6).  Otherwise
    g = -E T(D(G(z))), whose gradient does not vanish where the discriminator is sure (section 3.2): another
    game, with another optimum if the generator cannot match the data.
    """

    divergence: Divergence = field(default_factory=Hellinger)
    saddle: bool = True

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return self.divergence.conjugate(fake).mean() - self.divergence.activation(real).mean()

    def g(self, fake: Tensor) -> Tensor:
        function = self.divergence.conjugate if self.saddle else self.divergence.activation
        return -function(fake).mean()


def _exp(v: Tensor) -> Tensor:
    """e^v up to `MAX_EXPONENT`, its tangent from there on."""
    return v.clamp(max=MAX_EXPONENT).exp() * (1 + (v - MAX_EXPONENT).relu())
