"""Feature matching: the distance between the mean features of two batches."""

from __future__ import annotations

from torch import Tensor


def mean_distance(real: Tensor, fake: Tensor) -> Tensor:
    """Return |E f(x) - E f(G(z))|^2, a scalar, for features of data (n, m) and of fakes (k, m).

    The squares are summed over the m features.  Means are compared, not samples: the order of the rows does
    not matter, and the rows are not pairs.
    Salimans et al. 2016, arXiv:1606.03498, section 3.1.
    """
    return (real.mean(0) - fake.mean(0)).square().sum()
