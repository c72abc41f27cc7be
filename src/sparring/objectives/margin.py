"""The loss-sensitive margin: a fake should score below a real sample by a margin, their distance."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu


def distances(x: Tensor, fake: Tensor) -> Tensor:
    """Delta of each pair: the mean absolute difference of its numbers, (n,), in the unit of the data.

    It has no gradient if neither argument has one.  The mean, in place of the paper's sum, makes its weight
    independent of the size of the picture.
    """
    return (x - fake).abs().flatten(1).mean(1)


def margin_loss(real: Tensor, fake: Tensor, margin: Tensor) -> Tensor:
    """E max(0, margin - (D(x) - D(G(z)))), the mean over pairs of the missing part of the margin, a scalar.

    `real` and `fake` are scores (n,), high for real; `margin` is (n,), at least 0.  The hinge applies to each
    pair, before the mean.  Qi 2017, arXiv:1701.06264, with the loss function L = -D.
    """
    return relu(margin - (real - fake)).mean()
