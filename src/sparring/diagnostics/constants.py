"""Reference losses, in nats: for an even game and for a discriminator that is certain.

The discriminator's loss is E CE(real target, s(v(x))) + E CE(fake target, s(v(G(z)))), with targets a for
data and b for fakes: (1, 0) plain, (0.9, 0) smoothed on one side. Goodfellow et al. 2014, arXiv:1406.2661,
section 4; Salimans et al. 2016, arXiv:1606.03498, section 3.4.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats

EVEN_G = math.log(2)
"""The non-saturating generator's loss, E softplus(-v), where D outputs 1/2 everywhere."""


def even_loss(real: float = 1.0, fake: float = 0.0) -> float:
    """Return the optimal D's loss, in nats, if data and fakes have one distribution: 2 H((a + b) / 2).

    a = `real` is the target for data, b = `fake` that for fakes, in [0, 1]; H is `entropy`. It is log 4 for
    targets (1, 0) and 1.3763 for (0.9, 0).
    """
    return 2 * entropy((real + fake) / 2)


def certain_loss(real: float = 1.0, fake: float = 0.0) -> float:
    """Return the optimal D's loss, in nats, if data and fakes never overlap: H(a) + H(b).

    a = `real` is the target for data, b = `fake` that for fakes, in [0, 1]; H is `entropy`. It is 0 for
    targets (1, 0).
    """
    return entropy(real) + entropy(fake)


def optimal_discriminator(p: ArrayLike, q: ArrayLike, real: float = 1.0, fake: float = 0.0) -> Floats:
    """Return the optimal D's output (a p + b q) / (p + q), a probability, at n points.

    `p` and `q` (n,) are the densities of data and of fakes, a = `real` and b = `fake` the targets for data
    and fakes. NaN where both densities are 0.
    """
    data, made = np.asarray(p, np.float64), np.asarray(q, np.float64)
    with np.errstate(invalid="ignore"):
        best: Floats = (real * data + fake * made) / (data + made)
    return best


def entropy(share: float) -> float:
    """Return the entropy -s log s - (1 - s) log(1 - s) of a binary variable, in nats, for s = `share`."""
    return -sum(p * math.log(p) for p in (share, 1 - share) if p > 0)
