"""One-sided label smoothing: the critic is asked not to be sure of the data."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import softplus


@dataclass(frozen=True)
class Smoothed:
    """Cross-entropy against the targets `real` and `fake`, both in [0, 1], in place of one and zero.

    d = E [softplus(v(x)) - real * v(x)] + E [softplus(v(G(z))) - fake * v(G(z))], g = E softplus(-v(G(z))).
    At the optimum s(v) = (real * p + fake * q) / (p + q): with fake > 0 the critic would praise fakes where
    there are no data, so only the data's target is meant to be lowered.
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
