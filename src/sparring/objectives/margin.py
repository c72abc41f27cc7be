"""The loss-sensitive margin: a fake should score worse than a datum, by more the farther they lie apart."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu


def distances(x: Tensor, fake: Tensor) -> Tensor:
    """Delta of each pair: the mean absolute difference of its numbers, (n,), in the unit of the data.

    Deaf to gradients where neither moves; the mean in place of the paper's sum frees its weight of the
    picture's size.
    """
    return (x - fake).abs().flatten(1).mean(1)


def shortfall(real: Tensor, fake: Tensor, margin: Tensor) -> Tensor:
    """E max(0, margin - (D(x) - D(G(z)))), pair by pair: what of the margin is missing, a scalar.

    `real` and `fake` are scores (n,), high for real; `margin` is (n,), at least 0.  The hinge is taken of
    each pair, before the mean over pairs.  Qi 2017, arXiv:1701.06264, with the loss function L = -D.
    """
    return relu(margin - (real - fake)).mean()
