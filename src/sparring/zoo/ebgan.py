"""EBGAN: the discriminator is an autoencoder; its reconstruction error is the energy.

    D:  min  E En(x) + E max(0, margin - En(G(z)))
    G:  min  E En(G(z)) + weight * mean_(i != j) cos(S_i, S_j)^2

with En(x) = |x - AE(x)|^2, S the codes of a batch of fakes, and D(x) = -En(x).  Child of `dcgan`.
Zhao, Mathieu and LeCun 2016, Energy-based Generative Adversarial Network, arXiv:1609.03126.
Departures: the energy is the mean over a picture's numbers, so that one margin serves every size, no batch
norm in the discriminator, the code is linear, z normal, samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Normal
from sparring.nets.families import autoencoder
from sparring.objectives.energy import EnergyMargin, pulling_away
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Discriminate


@dataclass(frozen=True)
class PullAway:
    """The generator's loss: the fakes' mean energy, and `weight` times the pulling-away term of their codes.

    The terms are "energy" and "pull"; the second spreads the codes' directions.
    """

    weight: float = 0.1

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake = n.G(b.z)
        return {
            "energy": EnergyMargin().g(n.D(fake)),
            "pull": self.weight * pulling_away(n.D.code(fake)),
        }


ebgan = dcgan.but(
    "ebgan",
    paper="1609.03126",
    title="Energy-based Generative Adversarial Network",
    year=2016,
    objective=(
        "D:  min  E En(x) + E max(0, margin - En(G(z)))",
        "G:  min  E En(G(z)) + weight * mean_(i != j) cos(S_i, S_j)^2",
    ),
    departures=(
        "the energy is the mean over a picture's numbers, so that one margin serves every size",
        "no batch norm in the discriminator",
        "the code is linear",
        "z normal",
        "samples from averaged weights",
    ),
    nets={"D": autoencoder.Discriminator()},
    turns={"D": {"loss": Discriminate(EnergyMargin(0.05))}, "G": {"loss": PullAway()}},
    latent=Normal(100),
)
