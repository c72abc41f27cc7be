"""Losses for a discriminator with K class logits and an implicit fake class; data with and without labels."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def real_logit(logits: Tensor) -> Tensor:
    """log sum_k exp(l_k) of logits (n, K) or (n,): the log odds of real against the fake class, (n,).

    The fake class is the (K + 1)-th, with logit 0: p(real) = sigmoid(evidence).
    Salimans et al. 2016, arXiv:1606.03498, section 5.
    """
    return logits.reshape(len(logits), -1).logsumexp(1)


def class_loss(logits: Tensor, y: Tensor | None) -> Tensor:
    """Mean cross-entropy over the rows with a label, y >= 0, a scalar; 0 if there are none."""
    if y is None:
        return logits.new_zeros(())
    labelled = (y >= 0).float()
    losses = cross_entropy(logits.reshape(len(logits), -1), y.clamp(min=0), reduction="none")
    return (labelled * losses).sum() / labelled.sum().clamp(min=1)


def unlabelled_mean(losses: Tensor, y: Tensor | None) -> Tensor:
    """Mean of losses (n,) over the rows without a label, y < 0; over all rows if none or all have a label."""
    if y is None:
        return losses.mean()
    unlabelled = ((y < 0) | (y >= 0).all()).float()
    return (unlabelled * losses).sum() / unlabelled.sum()
