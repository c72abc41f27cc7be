"""Discrete BS-GAN: a generator of black-and-white pixels learns from its own samples, by weight.

    D:  min  E softplus(-D(x)) + E softplus(D(x_1))
    G:  min  -E_z sum_i w_i log g(x_i | z),   w_i = e^{D(x_i)} / sum_j e^{D(x_j)}

with m samples x_i ~ g(. | z) of independent pixels in {-1, 1} for each z, and data cut at 0; no gradient
runs through the samples or the weights.
Child of `bs_gan`.
Hjelm et al. 2017, Boundary-Seeking Generative Adversarial Networks, arXiv:1702.08431.
Departures: the critic sees one sample of each z in place of all m and has no norm, which would tie the
weights to the rest of the batch; z normal; samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.nets.families.bernoulli import Generator, Tosses
from sparring.nets.families.dcgan import Critic
from sparring.objectives.adversarial import Minimax
from sparring.objectives.boundary import importance, policy
from sparring.zoo.bs_gan import bs_gan


def black_and_white(x: Tensor) -> Tensor:
    """1 above 0, else -1."""
    return torch.where(x > 0, 1.0, -1.0)


@dataclass(frozen=True)
class TellFromCut:
    """The plain critic's loss, on data cut to what the generator can make."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": Minimax().d(n.D(black_and_white(b.x)), n.D(n.G(b.z)))}


@dataclass(frozen=True)
class WeightedPolicy:
    """The log-probability of the generator's own samples, those that look real counting more."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        tossed = n.G.tossed(b.z)
        scores = n.D(tossed.samples.flatten(0, 1)).view(tossed.samples.shape[:2])
        return {"policy": policy(importance(scores), tossed.log_probability())}


bs_gan_discrete = bs_gan.but(
    "bs_gan_discrete",
    paper="1702.08431",
    title="Boundary-Seeking Generative Adversarial Networks, discrete",
    year=2017,
    nets={"G": Generator(), "D": Critic(norm=None)},
    turns={"D": {"loss": TellFromCut()}, "G": {"loss": WeightedPolicy()}},
    latent=Tosses(),
)
