"""InfoGAN: part of z are codes that a head Q must recover from the sample, so that they become meaningful.

    D, Q:  min  E softplus(-D(x)) + E softplus(D(G(z))) - weight * L(G, Q)
    G:     min  E softplus(-D(G(z))) - weight * L(G, Q)
    L(G, Q) = E log Q(c | G(z)) + H(c)  <=  I(c; G(z))

with c the codes in z and Q a head on D's features, logged apart for choices and scales.  As in the authors'
code Q learns with D, by D's optimiser, and G's turn moves G alone; Q never sees data.  Child of `dcgan`.
Chen et al. 2016, InfoGAN: Interpretable Representation Learning by Information Maximizing Generative
Adversarial Nets, arXiv:1606.03657.  Departures: the nets of `dcgan` at every size, 256 shared features in
place of 1024, the entropy of a uniform code in place of a normal one's (a constant), samples from averaged
weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.codes import Codes
from sparring.core.optim import Adam
from sparring.nets.families.dcgan import Discriminator
from sparring.nets.heads.code_head import CodePredictor, SharedFeatures
from sparring.objectives.adversarial import NonSaturating
from sparring.objectives.information import choice_information, scale_information
from sparring.zoo.dcgan import dcgan


@dataclass(frozen=True)
class MutualInformation:
    """Minus `weight` times the bound on the information, for the codes in z, from D's features of the fakes.

    Its terms, "choices" and "scales", are part of both turns' losses.
    """

    weight: float = 1.0  # lambda in the paper

    def __call__(self, n: Nets, features: Tensor, z: Tensor) -> Terms:
        guess = n.Q(features)
        return {
            "choices": -self.weight * choice_information(n.Q.codes, guess, z),
            "scales": -self.weight * scale_information(n.Q.codes, guess, z),
        }


@dataclass(frozen=True)
class DiscriminateWithCodes:
    """The loss of the discriminator and Q: "adv", and the terms of `MutualInformation`."""

    weight: float = 1.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        features = n.D.features(n.G(b.z))
        adv = NonSaturating().d(n.D(b.x), n.D.read(features))
        return {"adv": adv, **MutualInformation(self.weight)(n, features, b.z)}


@dataclass(frozen=True)
class GenerateWithCodes:
    """The generator's loss: "adv", and the terms of `MutualInformation`."""

    weight: float = 1.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        features = n.D.features(n.G(b.z))
        return {
            "adv": NonSaturating().g(n.D.read(features)),
            **MutualInformation(self.weight)(n, features, b.z),
        }


infogan = dcgan.but(
    "infogan",
    paper="1606.03657",
    title="InfoGAN: Interpretable Representation Learning by Information Maximizing GANs",
    year=2016,
    objective=(
        "D, Q:  min  E softplus(-D(x)) + E softplus(D(G(z))) - weight * L(G, Q)",
        "G:     min  E softplus(-D(G(z))) - weight * L(G, Q)",
        "L(G, Q) = E log Q(c | G(z)) + H(c)  <=  I(c; G(z))",
    ),
    departures=(
        "the nets of `dcgan` at every size",
        "256 shared features in place of 1024",
        "the entropy of a uniform code in place of a normal one's (a constant)",
        "samples from averaged weights",
    ),
    roles={"Q": "classifier"},
    nets={"D": SharedFeatures(Discriminator()), "Q": CodePredictor()},
    turns={
        "D": {"loss": DiscriminateWithCodes(), "moves": ("D", "Q")},
        "G": {"loss": GenerateWithCodes(), "optim": Adam(1e-3, (0.5, 0.999))},
    },
    latent=Codes(),
    batch=128,
)
