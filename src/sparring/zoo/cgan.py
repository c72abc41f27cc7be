"""CGAN: both nets are conditioned on the label, so that samples of a class can be generated.

    D:  min  E softplus(-D(x, y)) + E softplus(D(G(z, c), c))
    G:  min  E softplus(-D(G(z, c), c))

with labels c drawn as often as the data have them.  A sample that is not of its label is a fake, however
good; only this teaches G to use c.  G reads c as the one-hot end of its latent, so that code that draws or
searches latents includes the label.  Child of `dcgan`.
Mirza and Osindero 2014, Conditional Generative Adversarial Nets, arXiv:1411.1784.  Departures: the nets of
`dcgan` in place of dense ones with maxout and dropout, Adam in place of SGD with momentum, z and c enter G by
one layer and not by one each, data of unknown label are scored under the label with the highest score,
samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.labels import Labels, label_of_latent
from sparring.core.latent import Uniform
from sparring.nets.families.dcgan import Discriminator
from sparring.nets.heads.conditional import ConditionalDiscriminator
from sparring.objectives.adversarial import LossPair, NonSaturating
from sparring.zoo.dcgan import dcgan


@dataclass(frozen=True)
class DiscriminateLabelled:
    """The discriminator's loss, term "adv": data with their labels are real, samples with theirs fake.

    The label of a sample is the one in its latent.
    """

    pair: LossPair = field(default_factory=NonSaturating)

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake = n.D(n.G(b.z), label_of_latent(b.z, n.D.classes))
        return {"adv": self.pair.d(n.D(b.x, b.y), fake)}


@dataclass(frozen=True)
class GenerateLabelled:
    """The generator's loss, term "adv": pair.g of D's logits for samples with the label in their latent."""

    pair: LossPair = field(default_factory=NonSaturating)

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": self.pair.g(n.D(n.G(b.z), label_of_latent(b.z, n.D.classes)))}


def score_labelled(n: Nets, b: Batch) -> Tensor:
    """Return the logit D(x, y) of data with their labels, (n,), high for real."""
    score: Tensor = n.D(b.x, b.y)
    return score


cgan = dcgan.but(
    "cgan",
    paper="1411.1784",
    title="Conditional Generative Adversarial Nets",
    year=2014,
    objective=(
        "D:  min  E softplus(-D(x, y)) + E softplus(D(G(z, c), c))",
        "G:  min  E softplus(-D(G(z, c), c))",
    ),
    departures=(
        "the nets of `dcgan` in place of dense ones with maxout and dropout",
        "Adam in place of SGD with momentum",
        "z and c enter G by one layer and not by one each",
        "data of unknown label are scored under the label with the highest score",
        "samples from averaged weights",
    ),
    nets={"D": ConditionalDiscriminator(Discriminator())},
    turns={"D": {"loss": DiscriminateLabelled()}, "G": {"loss": GenerateLabelled()}},
    latent=Labels(Uniform(100)),
    judge=score_labelled,
)
