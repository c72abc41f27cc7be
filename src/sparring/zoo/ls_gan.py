"""LS-GAN: a fake's loss should exceed the data's by a margin that grows with its distance from the data.

    D:  min  gamma * E L(x) + E max(0, weight * |x - G(z)| + L(x) - L(G(z)))
    G:  min  E L(G(z))

with the loss function L = -D, low for real, and |.| the mean absolute difference of a random pair.
Child of `dcgan`.
Qi 2017, Loss-Sensitive Generative Adversarial Networks on Lipschitz Densities, arXiv:1701.06264.
Departures: L is linear where the code ends it in a ReLU, which has no gradient below 0; weight 2.5 on
the mean stands for the code's 2e-4 on the sum over 64x64x3 numbers; fresh fakes for G; no weight decay, which
is the code's default too; samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.optim import Adam
from sparring.objectives.adversarial import Wasserstein
from sparring.objectives.margin import distances, margin_loss
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Generate


@dataclass(frozen=True)
class LossSensitive:
    """The loss of D: "margin", E max(0, weight * Delta - (D(x) - D(G(z)))), and "data", -gamma E D(x).

    Delta is the mean absolute difference of a datum and the fake of the same row.
    """

    weight: float = 2.5  # lambda
    gamma: float = 0.0

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake = n.G(b.z)
        real = n.D(b.x)
        return {
            "margin": margin_loss(real, n.D(fake), self.weight * distances(b.x, fake)),
            "data": -self.gamma * real.mean(),
        }


adam = Adam(1e-4, (0.5, 0.999))

ls_gan = dcgan.but(
    "ls_gan",
    paper="1701.06264",
    title="Loss-Sensitive Generative Adversarial Networks on Lipschitz Densities",
    year=2017,
    objective=(
        "D:  min  gamma * E L(x) + E max(0, weight * |x - G(z)| + L(x) - L(G(z)))",
        "G:  min  E L(G(z))",
    ),
    departures=(
        "L is linear where the code ends it in a ReLU, which has no gradient below 0",
        "weight 2.5 on the mean stands for the code's 2e-4 on the sum over 64x64x3 numbers",
        "fresh fakes for G",
        "no weight decay, which is the code's default too",
        "samples from averaged weights",
    ),
    turns={
        "D": {"loss": LossSensitive(), "optim": adam},
        "G": {"loss": Generate(Wasserstein()), "optim": adam},
    },
)
