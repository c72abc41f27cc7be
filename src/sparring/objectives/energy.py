"""Losses on energies, for a discriminator whose score D(x), (n,), is minus an energy of at least 0."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize


@dataclass(frozen=True)
class EnergyMargin:
    """The margin loss of EBGAN: d = E En(x) + E max(0, margin - En(G(z))), g = E En(G(z)), without a hinge.

    Fakes with an energy above the margin give the discriminator no gradient.
    Zhao, Mathieu and LeCun 2016, arXiv:1609.03126, equations 1 and 2.
    """

    margin: float | Tensor = 0.05
    """Above 0, in units of the energy."""

    def d(self, real: Tensor, fake: Tensor) -> Tensor:
        return (self.margin + fake).relu().mean() - real.mean()

    def g(self, fake: Tensor) -> Tensor:
        return -fake.mean()


def pulling_away(code: Tensor) -> Tensor:
    """Return the mean over pairs i != j of the squared cosine between codes, a scalar in [0, 1].

    `code` (n, m) has a code per sample.  The value is 0 if the codes are orthogonal, 1 if they are parallel,
    0 for a single code.  Zhao, Mathieu and LeCun 2016, arXiv:1609.03126, equation 4.
    """
    n = len(code)
    with torch.autocast(code.device.type, enabled=False):
        direction = normalize(code.float(), dim=1)
        squares = (direction @ direction.T).square()
    return (squares.sum() - squares.diagonal().sum()) / max(n * (n - 1), 1)
