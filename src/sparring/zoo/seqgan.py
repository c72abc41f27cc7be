"""SeqGAN: a generator of token sequences learns from a discriminator's reward by policy gradient.

    L:  min  -E log G(x_t | x_<t)
    D:  min  E softplus(-D(x)) + E softplus(D(y)),   y ~ G
    G:  min  -E sum_t (Q_t - E Q_t) log G(y_t | y_<t)

Q_t is the mean of sigmoid(D) over roll-outs of y_1..y_t by a lagged copy of G, and for the last token
sigmoid(D(y)).  First L alone, then D alone, then G and D in turn.  Child of `gan`.
Yu, Zhang, Wang and Yu 2017, SeqGAN: Sequence Generative Adversarial Nets with Policy Gradient,
arXiv:1609.05473.  Departures: the mean reward of the batch is subtracted, all prefixes of a sequence share
the noise of their roll-outs, a smaller discriminator without dropout and weight decay, gradients are not
clipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.optim import Adam
from sparring.core.recipe import Stage, Turn
from sparring.nets.families.recurrent import (
    SequenceDiscriminator,
    SequenceGenerator,
    SequenceNoise,
    reset_lagged,
)
from sparring.objectives.policy import (
    negative_log_likelihood,
    reinforce_loss,
    reward_to_go,
    subtract_baseline,
)
from sparring.zoo.gan import gan

Reward = Callable[[Nets, Batch, Tensor], Tensor]
"""The reward of each token of the sequences y (n, length), (n, length)."""


@dataclass(frozen=True)
class RolloutReward:
    """Rewards (n, length): mean sigmoid(D) of roll-outs from each prefix, less the batch's mean per position.

    Each call first moves the lagged copy of G, which makes the roll-outs, by the share `follow` towards G.
    """

    follow: float = 0.2  # 1 - 0.8, the share of new weights in the lagged copy

    def __call__(self, n: Nets, b: Batch, y: Tensor) -> Tensor:
        n.G.follow(self.follow)
        ends = n.G.roll_out(y, b.z)
        rewards = n.D(ends.flatten(0, 2)).sigmoid().view(ends.shape[:3])
        return subtract_baseline(reward_to_go(rewards, n.D(y).sigmoid()))


@dataclass(frozen=True)
class TeacherForcing:
    """Teacher forcing, term "likelihood": minus the mean log-likelihood of data, in nats per token."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"likelihood": negative_log_likelihood(n.G.log_probability(b.x))}


@dataclass(frozen=True)
class PolicyGradient:
    """The policy-gradient loss, term "reward": tokens with more reward than the batch's mean get likelier."""

    reward: Reward = field(default_factory=RolloutReward)

    def __call__(self, n: Nets, b: Batch) -> Terms:
        y = n.G(b.z)
        return {"reward": reinforce_loss(n.G.log_probability(y), self.reward(n, b, y))}


seqgan = gan.but(
    "seqgan",
    paper="1609.05473",
    title="SeqGAN: Sequence Generative Adversarial Nets with Policy Gradient",
    year=2017,
    objective=(
        "L:  min  -E log G(x_t | x_<t)",
        "D:  min  E softplus(-D(x)) + E softplus(D(y)),   y ~ G",
        "G:  min  -E sum_t (Q_t - E Q_t) log G(y_t | y_<t)",
    ),
    departures=(
        "the mean reward of the batch is subtracted",
        "all prefixes of a sequence share the noise of their roll-outs",
        "a smaller discriminator without dropout and weight decay",
        "gradients are not clipped",
    ),
    nets={"G": SequenceGenerator(), "D": SequenceDiscriminator()},
    turns={
        "L": Turn(TeacherForcing(), Adam(1e-2, (0.9, 0.999)), moves=("G",)),
        "G": {"loss": PolicyGradient(), "optim": Adam(1e-3, (0.9, 0.999))},
        "D": {"optim": Adam(1e-3, (0.9, 0.999)), "repeat": 5},
    },
    stages=(Stage(("L",), 0.8), Stage(("D",), 0.05), Stage(("G", "D"), 0.15, enter=reset_lagged)),
    latent=SequenceNoise(),
    averages={"G": None},  # an average that includes weights of the first stage would undo the last
    bf16=False,  # cumulative probabilities must reach one
)
