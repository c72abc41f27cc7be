"""Density-ratio losses: the discriminator estimates r = p / q, and the generator minimises E_q f(r).

Uehara et al. 2016, arXiv:1610.02920, sections 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor
from torch.nn.functional import softplus


class PositiveMap(Protocol):
    """An increasing map from a score (n,) of any sign to a ratio above 0."""

    def __call__(self, v: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Softplus:
    """r = log(1 + e^v): it grows no faster than the score, so that it stays finite where q has no mass."""

    def __call__(self, v: Tensor) -> Tensor:
        return softplus(v)


@dataclass(frozen=True)
class Exponential:
    """r = e^v, so that v is the log-ratio; it diverges where q has no mass."""

    def __call__(self, v: Tensor) -> Tensor:
        return v.exp()


class Potential(Protocol):
    """A convex function f of a ratio r > 0 and its derivative, elementwise."""

    def value(self, r: Tensor) -> Tensor:
        """f(r)."""
        ...

    def slope(self, r: Tensor) -> Tensor:
        """f'(r)."""
        ...


@dataclass(frozen=True)
class Squares:
    """f(r) = (r - 1)^2 / 2: E_q f(p / q) is half of Pearson's divergence."""

    def value(self, r: Tensor) -> Tensor:
        return (r - 1).square() / 2

    def slope(self, r: Tensor) -> Tensor:
        return r - 1


@dataclass(frozen=True)
class Logarithms:
    """f(r) = r log r - (1 + r) log(1 + r), the original GAN's; decreasing for all r."""

    def value(self, r: Tensor) -> Tensor:
        return r * self.slope(r) - r.log1p()

    def slope(self, r: Tensor) -> Tensor:
        return r.log() - r.log1p()


@dataclass(frozen=True)
class RatioMatching:
    """The pair of losses of b-GAN on scores: ratio matching for D and an f-divergence for G.

    d = E_m [f'(r) r - f(r)] - E_p f'(r), with f = `match`, is the Bregman divergence of r from p / m up to a
    constant, m = share * p + (1 - share) * q: p / q itself for share 0, otherwise the relative ratio, which
    is at most 1 / share.  g = E_q f(r) with f = `fit`.

    g treats r as a fixed function and so moves fakes along -f'(r) grad r, towards higher ratios only where f
    decreases.  Two f that differ by a multiple of r - 1 measure the same divergence but have different
    gradients: `Squares` pushes fakes away from data wherever r > 1; a decreasing `fit` does not.
    Uehara et al. 2016, arXiv:1610.02920, section 3; Yamada et al. 2011, arXiv:1106.4729 (relative ratios).
    """

    positive: PositiveMap = field(default_factory=Softplus)
    match: Potential = field(default_factory=Squares)
    fit: Potential = field(default_factory=Logarithms)
    share: float = 0.0  # alpha in the paper

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        r, s = self.positive(real), self.positive(fake)
        rest = self.share * self._conjugate(r).mean() + (1 - self.share) * self._conjugate(s).mean()
        return rest - self.match.slope(r).mean()

    def g(self, fake: Tensor) -> Tensor:
        return self.fit.value(self.positive(fake)).mean()

    def _conjugate(self, r: Tensor) -> Tensor:
        return self.match.slope(r) * r - self.match.value(r)
