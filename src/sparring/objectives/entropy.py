"""Entropies of what nets say of a batch, in nats."""

from __future__ import annotations

import torch
from torch import Tensor

SURE = 1e-4
"""A probability is held this far from 0 and 1, where the slope of its entropy is unbounded."""


def marginal_entropy(votes: Tensor) -> Tensor:
    """The entropies of the batch's mean answers, summed over experts, a scalar in [0, experts * log 2].

    `votes` are logits (n, experts); the mean over the batch comes before the entropy: experts who are sure of
    each sample but answer alike for half of them are diverse.
    Zhai et al. 2016, arXiv:1611.01799, section 4.
    """
    mean = votes.float().sigmoid().mean(0).clamp(SURE, 1 - SURE)
    entropy: Tensor = (torch.special.entr(mean) + torch.special.entr(1 - mean)).sum()
    return entropy
