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
from sparring.nets.heads.moments import Covariance, Critic, Mean
from sparring.objectives.constraints import Clip, in_ball, orthonormal
from sparring.zoo.wgan import wgan


@dataclass(frozen=True)
class Feasible:
    """Project onto the constraints: v into the ball, U and V by QR retraction, Phi's weights by clipping."""

    clip: Clip = field(default_factory=lambda: Clip(0.01))

    def __call__(self, net: nn.Module) -> None:
        self.clip(net.get_submodule("phi"))
        for part in net.get_submodule("parts").children():
            if isinstance(part, Mean):
                part.v.copy_(in_ball(part.v))
            elif isinstance(part, Covariance):
                part.U.copy_(orthonormal(part.U))
                part.V.copy_(orthonormal(part.V))


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
    nets={"D": Critic(dcgan.Critic(outputs=64))},
    turns={"D": {"after": Feasible()}},
)
