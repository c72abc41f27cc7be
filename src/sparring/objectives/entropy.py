"""Entropies of a discriminator's outputs over a batch, in nats."""

from __future__ import annotations

import torch
from torch import Tensor

PROBABILITY_MARGIN = 1e-4
"""Least distance of a probability from 0 and 1, where the gradient of its entropy is infinite."""


def marginal_entropy(votes: Tensor) -> Tensor:
    """Return the entropy of the batch's mean probability, summed over experts, in [0, experts * log 2].

    `votes` are logits (n, experts); the result is a scalar in nats, sum_k H(mean_i sigmoid(v_ik)) with the
    binary entropy H.  The mean over the batch is taken before the entropy: it is high for an expert that is
    sure of each sample but says 1 for half of them and 0 for the others.
    Zhai et al. 2016, arXiv:1611.01799, section 4.
    """
    mean = votes.float().sigmoid().mean(0).clamp(PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)
    entropy: Tensor = (torch.special.entr(mean) + torch.special.entr(1 - mean)).sum()
    return entropy
