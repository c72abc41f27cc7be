"""BiGAN: an encoder trains with the generator; a discriminator of pairs makes it the generator's inverse.

    D:     min  E softplus(-D(x, E(x))) + E softplus(D(G(z), z))
    G, E:  min  E softplus(D(x, E(x))) + E softplus(-D(G(z), z))

with one turn for G and E.  Child of `dcgan`.
Donahue, Kraehenbuehl and Darrell 2016, Adversarial Feature Learning, arXiv:1605.09782.  Departures: pairs are
read by the nets of `dcgan` with a dense layer more, E's last layer is batch-normalised, D moves and then G
and E in place of all at once, constant learning rates, no weight decay, batches of 64 in place of 128,
samples and codes from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Uniform
from sparring.core.recipe import Average
from sparring.nets.families.dcgan import Discriminator
from sparring.nets.heads.joint import JointDiscriminator, LatentEncoder
from sparring.objectives.adversarial import LossPair, NonSaturating
from sparring.zoo.dcgan import dcgan


@dataclass(frozen=True)
class DiscriminatePairs:
    """The discriminator's loss, term "adv": (x, E(x)) counts as real, (G(z), z) as fake."""

    pair: LossPair = field(default_factory=NonSaturating)

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": self.pair.d(n.D(b.x, n.E(b.x)), n.D(n.G(b.z), b.z))}


@dataclass(frozen=True)
class ExchangePairs:
    """The loss of G and E, term "adv": D's loss with (G(z), z) counted as real and (x, E(x)) as fake."""

    pair: LossPair = field(default_factory=NonSaturating)

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": self.pair.d(n.D(n.G(b.z), b.z), n.D(b.x, n.E(b.x)))}


def score_pairs(n: Nets, b: Batch) -> Tensor:
    """Return the logit D(x, E(x)) of data with their codes, (n,), high for real."""
    score: Tensor = n.D(b.x, n.E(b.x))
    return score


bigan = dcgan.but(
    "bigan",
    paper="1605.09782",
    title="Adversarial Feature Learning",
    year=2016,
    objective=(
        "D:     min  E softplus(-D(x, E(x))) + E softplus(D(G(z), z))",
        "G, E:  min  E softplus(D(x, E(x))) + E softplus(-D(G(z), z))",
    ),
    departures=(
        "pairs are read by the nets of `dcgan` with a dense layer more",
        "E's last layer is batch-normalised",
        "D moves and then G and E in place of all at once",
        "constant learning rates",
        "no weight decay",
        "batches of 64 in place of 128",
        "samples and codes from averaged weights",
    ),
    roles={"E": "encoder"},
    nets={"D": JointDiscriminator(Discriminator()), "E": LatentEncoder(Discriminator())},
    turns={
        "D": {"loss": DiscriminatePairs()},
        "G": {"loss": ExchangePairs(), "moves": ("G", "E")},
    },
    latent=Uniform(50),
    averages={"E": Average(0.999)},
    judge=score_pairs,
)
