"""Policy-gradient losses (REINFORCE) for sequences of tokens, through which no gradient passes."""

from __future__ import annotations

import torch
from torch import Tensor


def negative_log_likelihood(log_probability: Tensor) -> Tensor:
    """Return -E log p(x_t | x_<t), a scalar in nats per token, the mean over sequences and positions.

    `log_probability` (n, length) has log p of each token of the data, given the tokens before it (teacher
    forcing).
    """
    return -log_probability.mean()


def reinforce_loss(log_probability: Tensor, reward: Tensor) -> Tensor:
    """Return -E sum_t R_t log p(x_t | x_<t), a scalar: summed over positions, averaged over sequences.

    Its gradient is minus that of the expected reward.  Log-probabilities and rewards are (n, length); a
    reward must not depend on the trained weights.  Williams 1992; Yu et al. 2017, arXiv:1609.05473, equation
    8.  Raises `ValueError` for a reward with a graph, through which gradients would flow, and for one of
    another shape, which would broadcast.
    """
    if reward.requires_grad or reward.shape != log_probability.shape:
        raise ValueError(
            f"a reward needs the shape {tuple(log_probability.shape)} and no graph, "
            f"not {tuple(reward.shape)}{' with one' if reward.requires_grad else ''}"
        )
    return -(reward * log_probability).sum(1).mean()


def subtract_baseline(reward: Tensor) -> Tensor:
    """Return the rewards (n, length) minus their mean over the batch at each position.

    The baseline does not change the direction of the expected gradient; without it positive rewards reinforce
    every sampled token.
    """
    return reward - reward.mean(0)


def reward_to_go(rollout_rewards: Tensor, sequence_reward: Tensor) -> Tensor:
    """Return the reward Q_t of each token, (n, length): the mean reward of sequences with its first t tokens.

    `rollout_rewards` (length - 1, rolls, n) has the rewards of the roll-outs, row t - 1 for prefixes of t
    tokens, and Q_t is their mean over the rolls; `sequence_reward` (n,) has the reward of the sequence
    itself, which is Q_t of its last token.
    Yu et al. 2017, arXiv:1609.05473, equation 4.
    """
    return torch.cat([rollout_rewards.mean(1), sequence_reward[None]]).t()
