"""A critic of K logits: which class, and whether any; data with and without labels."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy


def evidence(logits: Tensor) -> Tensor:
    """log sum_k exp(l_k) of logits (n, K) or (n,): the log odds of any class against the fake one, (n,).

    The fake class is the one more, whose logit is held at 0: p(real) = s(evidence).
    Salimans et al. 2016, arXiv:1606.03498, section 5.
    """
    return logits.reshape(len(logits), -1).logsumexp(1)


def class_loss(logits: Tensor, y: Tensor | None) -> Tensor:
    """Mean cross-entropy over the rows with a label, y >= 0; 0 where there are none."""
    if y is None:
        return logits.new_zeros(())
    known = (y >= 0).float()
    each = cross_entropy(logits.reshape(len(logits), -1), y.clamp(min=0), reduction="none")
    return (known * each).sum() / known.sum().clamp(min=1)


def unlabelled_mean(losses: Tensor, y: Tensor | None) -> Tensor:
    """Mean over the rows without a label, y < 0; over all rows where none or every one has a label."""
    if y is None:
        return losses.mean()
    chosen = ((y < 0) | (y >= 0).all()).float()
    return (chosen * losses).sum() / chosen.sum()
