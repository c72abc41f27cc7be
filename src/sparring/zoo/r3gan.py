"""R3GAN: fakes are scored relative to real partners, with gradient penalties at both.

    D:  min  E softplus(D(G(z)) - D(x)) + (gamma / 2) * (E |grad D(x)|^2 + E |grad D(G(z))|^2)
    G:  min  E softplus(D(x) - D(G(z)))

between residual nets without normalisation.  Child of `r1_gan`.
Huang et al. 2024, The GAN is dead; long live the GAN! A Modern GAN Baseline, arXiv:2501.05441.
Departures: much smaller nets, which need a higher learning rate (5e-4), tanh at the output, learning rate,
gamma and averaging constant where the paper schedules them, plain averages and a strided convolution where it
interpolates.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Normal
from sparring.core.optim import Adam
from sparring.nets.families.resnet import Discriminator, Generator
from sparring.objectives.adversarial import Relativistic
from sparring.objectives.gradient import score_and_gradient
from sparring.objectives.penalties import zero_centred_penalty
from sparring.zoo.r1_gan import r1_gan


@dataclass(frozen=True)
class RelativisticR1R2:
    """The relativistic discriminator's loss, "adv", with gradient penalties at data, "r1", and fakes, "r2".

    Each penalty is gamma / 2 * E |grad D|^2.
    """

    gamma: float = 0.5

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake = n.G(b.z)
        (on_real, real_gradient), (on_fake, fake_gradient) = (
            score_and_gradient(n.D, b.x),
            score_and_gradient(n.D, fake),
        )
        return {
            "adv": Relativistic().d(on_real, on_fake),
            "r1": self.gamma * zero_centred_penalty(real_gradient),
            "r2": self.gamma * zero_centred_penalty(fake_gradient),
        }


@dataclass(frozen=True)
class GenerateRelativistic:
    """The generator's loss, term "adv": E softplus(D(x) - D(G(z))), over pairs of a datum and a fake."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": Relativistic().g(n.D(b.x), n.D(n.G(b.z)))}


adam = Adam(5e-4, (0.0, 0.99))

r3gan = r1_gan.but(
    "r3gan",
    paper="2501.05441",
    title="The GAN is dead; long live the GAN! A Modern GAN Baseline",
    year=2024,
    objective=(
        "D:  min  E softplus(D(G(z)) - D(x)) + (gamma / 2) * (E |grad D(x)|^2 + E |grad D(G(z))|^2)",
        "G:  min  E softplus(D(x) - D(G(z)))",
    ),
    departures=(
        "much smaller nets, which need a higher learning rate (5e-4)",
        "tanh at the output",
        "learning rate, gamma and averaging constant where the paper schedules them",
        "plain averages and a strided convolution where it interpolates",
    ),
    nets={"G": Generator(), "D": Discriminator()},
    turns={
        "D": {"loss": RelativisticR1R2(), "optim": adam},
        "G": {"loss": GenerateRelativistic(), "optim": adam},
        "R1": None,
    },
    latent=Normal(64),
)
