"""McGAN: match the mean and the second moments of learned features.

    D:  min  E D(G(z)) - E D(x),   D(x) = <v, Phi(x)> + <U^T Phi(x), V^T Phi(x)>
    G:  min  -E D(G(z))

over v in the unit ball, U and V with k orthonormal columns, Phi of weights in [-0.01, 0.01]: the value is the
distance of the means plus the sum of the k largest singular values of the second moments' difference.
Child of `wgan`.
Mroueh, Sercu and Goel 2017, McGan: Mean and Covariance Feature Matching GAN, arXiv:1702.08398.
Departures: both distances together, with weight one each; the Euclidean ball; gains and biases of batch norm
are not clipped, samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn

from sparring.nets.families import dcgan
from sparring.nets.heads.moments import MeanScore, MomentsCritic, SecondMomentScore
from sparring.objectives.constraints import Clip, orthonormalise, project_to_ball
from sparring.zoo.wgan import wgan


@dataclass(frozen=True)
class ProjectOntoConstraints:
    """Project onto the constraints: v into the ball, U and V by QR retraction, Phi's weights by clipping."""

    clip: Clip = field(default_factory=lambda: Clip(0.01))

    def __call__(self, net: nn.Module) -> None:
        self.clip(net.get_submodule("phi"))
        for part in net.get_submodule("parts").children():
            if isinstance(part, MeanScore):
                part.v.copy_(project_to_ball(part.v))
            elif isinstance(part, SecondMomentScore):
                part.U.copy_(orthonormalise(part.U))
                part.V.copy_(orthonormalise(part.V))


mcgan = wgan.but(
    "mcgan",
    paper="1702.08398",
    title="McGan: Mean and Covariance Feature Matching GAN",
    year=2017,
    objective=(
        "D:  min  E D(G(z)) - E D(x),   D(x) = <v, Phi(x)> + <U^T Phi(x), V^T Phi(x)>",
        "G:  min  -E D(G(z))",
    ),
    departures=(
        "both distances together, with weight one each",
        "the Euclidean ball",
        "gains and biases of batch norm are not clipped",
        "samples from averaged weights",
    ),
    nets={"D": MomentsCritic(dcgan.Discriminator(outputs=64))},
    turns={"D": {"after": ProjectOntoConstraints()}},
)
