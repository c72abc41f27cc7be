"""The loss-sensitive margin: a fake should score below a real sample by a margin, their distance."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu


def distances(x: Tensor, fake: Tensor) -> Tensor:
    """Return the mean absolute difference of each pair, (n,), in the unit of the data.

    `x` and `fake` are (n, *shape); row i of one and row i of the other are a pair.  The mean over the numbers
    of a sample, in place of the paper's sum, makes the weight of this distance independent of the size of the
    picture.
    """
    return (x - fake).abs().flatten(1).mean(1)


def margin_loss(real: Tensor, fake: Tensor, margin: Tensor) -> Tensor:
    """Return E max(0, margin - (D(x) - D(G(z)))), a scalar, the mean over pairs of a datum and a fake.

    `real` and `fake` are scores (n,), high for real; `margin` is (n,), at least 0.  The hinge applies to each
    pair, before the mean.  Qi 2017, arXiv:1701.06264, with the loss function L = -D.
    """
    return relu(margin - (real - fake)).mean()
