"""Discrete BS-GAN: a generator of black-and-white pixels learns from its own samples, by weight.

    D:  min  E softplus(-D(x)) + E softplus(D(x_1))
    G:  min  -E_z sum_i w_i log g(x_i | z),   w_i = e^{D(x_i)} / sum_j e^{D(x_j)}

with m samples x_i ~ g(. | z) of independent pixels in {-1, 1} for each z, and data cut at 0; no gradient
runs through the samples or the weights.
Child of `bs_gan`.
Hjelm et al. 2017, Boundary-Seeking Generative Adversarial Networks, arXiv:1702.08431.
Departures: the discriminator sees one sample of each z in place of all m and has no norm, which would make
the weights depend on the rest of the batch; z normal; samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.nets.families.bernoulli import BernoulliLatent, Generator
from sparring.nets.families.dcgan import Discriminator
from sparring.objectives.adversarial import Minimax
from sparring.objectives.boundary import importance_weights, policy_loss
from sparring.zoo.bs_gan import bs_gan


def black_and_white(x: Tensor) -> Tensor:
    """Return 1 where `x` is above 0, else -1, in the shape of `x`."""
    return torch.where(x > 0, 1.0, -1.0)


@dataclass(frozen=True)
class DiscriminateBinary:
    """The minimax discriminator loss, term "adv", on data mapped to the generator's values, -1 and 1."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": Minimax().d(n.D(black_and_white(b.x)), n.D(n.G(b.z)))}


@dataclass(frozen=True)
class WeightedPolicy:
    """The generator's loss, term "policy": -E_z sum_i w_i log g(x_i | z) over its own samples x_i.

    The weights w_i are the softmax of D's logits over the samples of one z.
    """

    def __call__(self, n: Nets, b: Batch) -> Terms:
        draws = n.G.tossed(b.z)
        scores = n.D(draws.samples.flatten(0, 1)).view(draws.samples.shape[:2])
        return {"policy": policy_loss(importance_weights(scores), draws.log_probability())}


bs_gan_discrete = bs_gan.but(
    "bs_gan_discrete",
    paper="1702.08431",
    title="Boundary-Seeking Generative Adversarial Networks, discrete",
    year=2017,
    objective=(
        "D:  min  E softplus(-D(x)) + E softplus(D(x_1))",
        "G:  min  -E_z sum_i w_i log g(x_i | z),   w_i = e^{D(x_i)} / sum_j e^{D(x_j)}",
    ),
    departures=(
        "the discriminator sees one sample of each z in place of all m and has no norm, which would "
        "make the weights depend on the rest of the batch",
        "z normal",
        "samples from averaged weights",
    ),
    nets={"G": Generator(), "D": Discriminator(norm=None)},
    turns={"D": {"loss": DiscriminateBinary()}, "G": {"loss": WeightedPolicy()}},
    latent=BernoulliLatent(),
)
