"""WGAN-GP: penalise the critic's gradient norm for leaving one, in place of clipping its weights.

    D:  min  E D(G(z)) - E D(x) + weight * E (|grad D(x')| - 1)^2
    G:  min  -E D(G(z))

with x' drawn uniformly on the line from x to G(z).  Child of `wgan`.
Gulrajani et al. 2017, Improved Training of Wasserstein GANs, arXiv:1704.00028.  Departures: the nets of
`dcgan` at every size, layer norm with gain and bias a channel, samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Normal
from sparring.core.optim import Adam
from sparring.nets.families.dcgan import Discriminator
from sparring.nets.layers.norm import LayerNorm
from sparring.objectives.adversarial import Wasserstein
from sparring.objectives.gradient import input_gradient
from sparring.objectives.penalties import one_centred_penalty
from sparring.zoo.wgan import wgan


@dataclass(frozen=True)
class WassersteinGradientPenalty:
    """The Wasserstein critic's loss, "adv", with a "penalty" on its gradient between data and fakes.

    The penalty is weight * E (|grad D(x')| - 1)^2 at x' = x + u (G(z) - x), with u uniform in [0, 1) per
    sample.
    """

    weight: float = 10.0  # lambda in the paper

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake = n.G(b.z)
        between = b.x.lerp(fake, b.u)
        return {
            "adv": Wasserstein().d(n.D(b.x), n.D(fake)),
            "penalty": self.weight * one_centred_penalty(input_gradient(n.D, between)),
        }


adam = Adam(1e-4, (0.0, 0.9))

wgan_gp = wgan.but(
    "wgan_gp",
    paper="1704.00028",
    title="Improved Training of Wasserstein GANs",
    year=2017,
    objective=(
        "D:  min  E D(G(z)) - E D(x) + weight * E (|grad D(x')| - 1)^2",
        "G:  min  -E D(G(z))",
    ),
    departures=(
        "the nets of `dcgan` at every size",
        "layer norm with gain and bias a channel",
        "samples from averaged weights",
    ),
    nets={"D": Discriminator(norm=LayerNorm())},  # batch norm would mix the samples
    turns={"D": {"loss": WassersteinGradientPenalty(), "optim": adam, "after": None}, "G": {"optim": adam}},
    latent=Normal(128),
    bf16=True,  # measured to end where float32 does (docs/speed.md)
)
