"""VGAN: the discriminator is a bounded energy made of experts; an entropy term keeps the samples diverse.

    D:  min  E En(x) - E En(G(z)) - sum_k H(E p_k(x))
    G:  min  E En(G(z)) - sum_k H(E p_k(G(z)))

with experts p_k in [0, 1], En(x) = sum_k H(p_k(x)), H a coin's entropy, and D(x) = -En(x).  Child of `dcgan`.
Zhai, Cheng, Feris and Zhang 2016, Generative Adversarial Networks as Variational Training of Energy Based
Models, arXiv:1611.01799.  Departures: the generator of samples alone, not the transition operator with its
reconstruction loss, Adam in place of Adadelta, one generator step a round, no batch norm in the
discriminator, z normal, samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Normal
from sparring.nets.families import dcgan as convolutional
from sparring.nets.heads import experts
from sparring.objectives.entropy import marginal_entropy
from sparring.zoo.dcgan import dcgan


@dataclass(frozen=True)
class DiscriminateEnergy:
    """The discriminator's loss: experts should be confident of each datum and differ between data.

    Its terms are "real", the mean energy of data, "fake", minus that of fakes, and "diversity", minus the
    entropy of the mean probabilities on data.
    """

    def __call__(self, n: Nets, b: Batch) -> Terms:
        real, fake = n.D.votes(b.x), n.D.votes(n.G(b.z))
        return {
            "real": n.D.energy(real).mean(),
            "fake": -n.D.energy(fake).mean(),
            "diversity": -marginal_entropy(real),
        }


@dataclass(frozen=True)
class GenerateDiverse:
    """The generator's loss: experts should be confident of each sample and differ between samples.

    Its terms are "energy", the mean energy of fakes, and "diversity", minus `diversity` times the entropy of
    the mean probabilities on fakes.
    """

    diversity: float = 1.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        votes = n.D.votes(n.G(b.z))
        return {"energy": n.D.energy(votes).mean(), "diversity": -self.diversity * marginal_entropy(votes)}


vgan_ebm = dcgan.but(
    "vgan_ebm",
    paper="1611.01799",
    title="Generative Adversarial Networks as Variational Training of Energy Based Models",
    year=2016,
    objective=(
        "D:  min  E En(x) - E En(G(z)) - sum_k H(E p_k(x))",
        "G:  min  E En(G(z)) - sum_k H(E p_k(G(z)))",
    ),
    departures=(
        "the generator of samples alone, not the transition operator with its reconstruction loss",
        "Adam in place of Adadelta",
        "one generator step a round",
        "no batch norm in the discriminator",
        "z normal",
        "samples from averaged weights",
    ),
    nets={"D": experts.ExpertsDiscriminator(convolutional.Discriminator(norm=None, outputs=128))},
    turns={"D": {"loss": DiscriminateEnergy()}, "G": {"loss": GenerateDiverse()}},
    latent=Normal(100),
)
