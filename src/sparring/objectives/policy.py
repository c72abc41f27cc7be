"""Learning by reward where a sample is a row of choices, through which no gradient passes."""

from __future__ import annotations

import torch
from torch import Tensor


def likelihood(log_probability: Tensor) -> Tensor:
    """-E log p(x_t | x_<t), in nats a token, of log-probabilities (n, length): teacher forcing."""
    return -log_probability.mean()


def reinforced(log_probability: Tensor, reward: Tensor) -> Tensor:
    """-E sum_t R_t log p(x_t | x_<t); its gradient is minus that of the expected reward.

    Log-probabilities and rewards are (n, length); a reward must not depend on the weights that learn.
    Williams 1992; Yu et al. 2017, arXiv:1609.05473, equation 8.  Raises `ValueError` for a reward with a
    graph, through which gradients would flow, and for one of another shape, which would broadcast.
    """
    if reward.requires_grad or reward.shape != log_probability.shape:
        raise ValueError(
            f"a reward needs the shape {tuple(log_probability.shape)} and no graph, "
            f"not {tuple(reward.shape)}{' with one' if reward.requires_grad else ''}"
        )
    return -(reward * log_probability).sum(1).mean()


def centred(reward: Tensor) -> Tensor:
    """Rewards (n, length) less their mean over the batch, a token's place at a time.

    The expected gradient keeps its direction; without it every choice that is made is reinforced.
    """
    return reward - reward.mean(0)


def to_go(rolled: Tensor, whole: Tensor) -> Tensor:
    """The reward of each token, (n, length): Q_t is what sequences that share its first t tokens earn.

    `rolled` (length - 1, rolls, n) is what roll-outs earn, row t - 1 those of prefixes of t tokens, and
    `whole` (n,) what the sequence itself does, which is the reward of its last token.
    Yu et al. 2017, arXiv:1609.05473, equation 4.
    """
    return torch.cat([rolled.mean(1), whole[None]]).t()
