"""Losses for a discriminator with K class logits and an implicit fake class; data with and without labels."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def real_logit(logits: Tensor) -> Tensor:
    """Return log sum_k exp(l_k), (n,), for class logits l, (n, K) or (n,): the log odds of real against fake.

    The fake class is the (K + 1)-th, with logit 0, so that p(real) = sigmoid of the result.
    Salimans et al. 2016, arXiv:1606.03498, section 5.
    """
    return logits.reshape(len(logits), -1).logsumexp(1)


def class_loss(logits: Tensor, y: Tensor | None) -> Tensor:
    """Return the mean cross-entropy in nats over the rows with a label, a scalar; 0 if there are none.

    `logits` are (n, K), or (n,) for one class; `y` are labels, int64 (n,), negative for unknown, or None.
    """
    if y is None:
        return logits.new_zeros(())
    labelled = (y >= 0).float()
    losses = cross_entropy(logits.reshape(len(logits), -1), y.clamp(min=0), reduction="none")
    return (labelled * losses).sum() / labelled.sum().clamp(min=1)


def unlabelled_mean(losses: Tensor, y: Tensor | None) -> Tensor:
    """Return the mean of losses (n,) over the rows without a label, a scalar.

    `y` are labels, int64 (n,), negative for unknown, or None.  The mean is over all rows if no row has a
    label, and also if all have one.
    """
    if y is None:
        return losses.mean()
    unlabelled = ((y < 0) | (y >= 0).all()).float()
    return (unlabelled * losses).sum() / unlabelled.sum()
