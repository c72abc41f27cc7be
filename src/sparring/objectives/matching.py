"""How far two batches are apart in the mean of their features."""

from __future__ import annotations

from torch import Tensor


def mean_distance(real: Tensor, fake: Tensor) -> Tensor:
    """|E f(x) - E f(G(z))|^2 of features (n, m) and (k, m): the sum over features of squared gaps of means.

    Means are compared, not samples: the order of the rows does not matter, and rows are no pairs.
    Salimans et al. 2016, arXiv:1606.03498, section 3.1.
    """
    return (real.mean(0) - fake.mean(0)).square().sum()
