"""R1: a penalty on the discriminator's gradient at the data alone makes the game converge.

    D:   min  E softplus(-D(x)) + E softplus(D(G(z)))
    R1:  min  interval * (gamma / 2) * E |grad D(x)|^2,   over D, in every interval-th round
    G:   min  E softplus(-D(G(z)))

Child of `dcgan`.
Mescheder, Geiger and Nowozin 2018, Which Training Methods for GANs do actually Converge?, arXiv:1801.04406.
Departures: the penalty is lazy (Karras et al. 2019, arXiv:1912.04958, appendix B); gamma is 0.5 and the
learning rate 5e-4, which suit pictures of 16 to 64 pixels, in place of 10 and 1e-4; Adam without momentum in
place of RMSProp; the nets of `dcgan`, with no norm and He's weights in the discriminator, in place of
residual ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Normal
from sparring.core.optim import Adam
from sparring.core.recipe import Turn
from sparring.nets.families.dcgan import Discriminator
from sparring.objectives.gradient import input_gradient
from sparring.objectives.penalties import zero_centred_penalty
from sparring.zoo.dcgan import dcgan


@dataclass(frozen=True)
class R1Penalty:
    """The R1 penalty, term "penalty": interval * gamma / 2 * E |grad D(x)|^2 at data.

    In a turn taken every `interval` steps its mean strength over steps is gamma.
    """

    gamma: float = 0.5
    interval: int = 1

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"penalty": self.interval * self.gamma * zero_centred_penalty(input_gradient(n.D, b.x))}


INTERVAL = 8

adam = Adam(5e-4, (0.0, 0.99))

r1_gan = dcgan.but(
    "r1_gan",
    paper="1801.04406",
    title="Which Training Methods for GANs do actually Converge?",
    year=2018,
    objective=(
        "D:   min  E softplus(-D(x)) + E softplus(D(G(z)))",
        "R1:  min  interval * (gamma / 2) * E |grad D(x)|^2,   over D, in every interval-th round",
        "G:   min  E softplus(-D(G(z)))",
    ),
    departures=(
        "the penalty is lazy (Karras et al. 2019, arXiv:1912.04958, appendix B)",
        "gamma is 0.5 and the learning rate 5e-4, which suit pictures of 16 to 64 pixels, in place of "
        "10 and 1e-4",
        "Adam without momentum in place of RMSProp",
        "the nets of `dcgan`, with no norm and He's weights in the discriminator, in place of residual ones",
    ),
    nets={"D": Discriminator(norm=None)},
    turns={
        "D": {"optim": adam},
        "G": {"optim": adam},
        "R1": Turn(R1Penalty(interval=INTERVAL), moves=("D",), every=INTERVAL),
    },
    latent=Normal(100),
)
