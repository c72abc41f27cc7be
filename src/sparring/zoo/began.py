"""BEGAN: a control keeps the discriminator's two terms balanced; gamma trades quality for diversity.

    D:  min  E En(x) - k * E En(G(z)),   then k <- clip(k + rate * (gamma * E En(x) - E En(G(z))), 0, 1)
    G:  min  E En(G(z))

with En(x) = |x - AE(x)|, the mean over a picture's numbers, and D(x) = -En(x).  Child of `ebgan`.
Berthelot, Schumm and Metz 2017, BEGAN: Boundary Equilibrium Generative Adversarial Networks,
arXiv:1703.10717.  Departures: k follows the fakes of the discriminator's step, learning rates stay
constant where the paper halves them on a stall, one convolution at each size in place of two, a smallest map
of 4 to 7 a side, tanh at the output, no vanishing residuals, samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Uniform
from sparring.core.optim import Adam
from sparring.nets.families import autoencoder
from sparring.nets.families import upsampling as nearest
from sparring.nets.state.control import Balance
from sparring.objectives.energy import EnergyMargin
from sparring.zoo.ebgan import ebgan
from sparring.zoo.gan import Generate


@dataclass(frozen=True)
class DiscriminateBalanced:
    """The discriminator's loss: E En(x) - k E En(G(z)), with the energy En = -D, as terms "real" and "fake".

    The weight k, from the state net K, has no gradient.
    """

    def __call__(self, n: Nets, b: Batch) -> Terms:
        real, fake = -n.D(b.x), -n.D(n.G(b.z))
        return {"real": real.mean(), "fake": -n.K(real, fake) * fake.mean()}


adam = Adam(1e-4, (0.5, 0.999))

began = ebgan.but(
    "began",
    paper="1703.10717",
    title="BEGAN: Boundary Equilibrium Generative Adversarial Networks",
    year=2017,
    objective=(
        "D:  min  E En(x) - k * E En(G(z)),   "
        "then k <- clip(k + rate * (gamma * E En(x) - E En(G(z))), 0, 1)",
        "G:  min  E En(G(z))",
    ),
    departures=(
        "k follows the fakes of the discriminator's step",
        "learning rates stay constant where the paper halves them on a stall",
        "one convolution at each size in place of two",
        "a smallest map of 4 to 7 a side",
        "tanh at the output",
        "no vanishing residuals",
        "samples from averaged weights",
    ),
    roles={"K": "state"},
    nets={
        "G": nearest.Generator(),
        "D": autoencoder.Discriminator(nearest.Discriminator(outputs=64), nearest.Generator(), power=1),
        "K": Balance(gamma=0.5),
    },
    turns={
        "D": {"loss": DiscriminateBalanced(), "optim": adam},
        "G": {"loss": Generate(EnergyMargin()), "optim": adam},
    },
    latent=Uniform(64),
    batch=16,
)
