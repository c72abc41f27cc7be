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
from sparring.nets.families.recurrent import Dice, Reader, Writer, catch_up
from sparring.objectives.policy import centred, likelihood, reinforced, to_go
from sparring.zoo.gan import gan

Reward = Callable[[Nets, Batch, Tensor], Tensor]
"""The reward of each token of the sequences y (n, length), (n, length)."""


@dataclass(frozen=True)
class RolledOut:
    """The mean sigmoid(D) of the lagged generator's roll-outs from each prefix, less the batch's mean."""

    follow: float = 0.2  # 1 - 0.8, the share of new weights in the lagged copy

    def __call__(self, n: Nets, b: Batch, y: Tensor) -> Tensor:
        n.G.follow(self.follow)
        ends = n.G.rolled(y, b.z)
        rewards = n.D(ends.flatten(0, 2)).sigmoid().view(ends.shape[:3])
        return centred(to_go(rewards, n.D(y).sigmoid()))


@dataclass(frozen=True)
class Imitate:
    """Teacher forcing: minus the log-likelihood of data."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"likelihood": likelihood(n.G.log_probability(b.x))}


@dataclass(frozen=True)
class Please:
    """The policy-gradient loss: tokens with more reward than the batch's mean become likelier."""

    reward: Reward = field(default_factory=RolledOut)

    def __call__(self, n: Nets, b: Batch) -> Terms:
        y = n.G(b.z)
        return {"reward": reinforced(n.G.log_probability(y), self.reward(n, b, y))}


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
    nets={"G": Writer(), "D": Reader()},
    turns={
        "L": Turn(Imitate(), Adam(1e-2, (0.9, 0.999)), moves=("G",)),
        "G": {"loss": Please(), "optim": Adam(1e-3, (0.9, 0.999))},
        "D": {"optim": Adam(1e-3, (0.9, 0.999)), "repeat": 5},
    },
    stages=(Stage(("L",), 0.8), Stage(("D",), 0.05), Stage(("G", "D"), 0.15, enter=catch_up)),
    latent=Dice(),
    averages={"G": None},  # an average that includes weights of the first stage would undo the last
    bf16=False,  # cumulative probabilities must reach one
)
