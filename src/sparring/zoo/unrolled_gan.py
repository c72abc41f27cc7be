"""Unrolled GAN: the generator plays against the discriminator as it will be K steps later.

    D:  min  f(G, D) = E softplus(-D(x)) + E softplus(D(G(z)))
    G:  min  -f(G, D_K),   D_0 = D,  D_{k+1} = D_k - rate * grad_D f(G, D_k)

differentiated through the K steps, which use one batch; the discriminator itself takes one ordinary step.
Child of `dcgan`.
Metz et al. 2016, Unrolled Generative Adversarial Networks, arXiv:1611.02163.
Departures: the steps are of plain gradient descent, as in the paper's equations, where the code unrolls Adam;
a discriminator without norm; for G ten times D's learning rate, as in the code for points.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.optim import Adam
from sparring.nets.families.dcgan import Discriminator
from sparring.objectives.adversarial import Minimax
from sparring.objectives.unrolled import Scores, unroll
from sparring.zoo.dcgan import dcgan


@dataclass(frozen=True)
class UnrolledMinimax:
    """The generator's loss, term "adv": minus D's minimax loss after `steps` SGD steps of D at `rate`.

    With 0 steps it is the minimax game.  The gradient passes through the steps.
    """

    steps: int = 5  # K
    rate: float = 0.1  # eta

    def __call__(self, n: Nets, b: Batch) -> Terms:
        both = torch.cat([b.x, n.G(b.z)])  # one pass a step; without batch norm the scores are the same

        def value(discriminator: Scores) -> Tensor:
            real, fake = discriminator(both).chunk(2)
            return Minimax().d(real, fake)

        return {"adv": -value(unroll(n.D, value, self.steps, self.rate))}


unrolled_gan = dcgan.but(
    "unrolled_gan",
    paper="1611.02163",
    title="Unrolled Generative Adversarial Networks",
    year=2016,
    objective=(
        "D:  min  f(G, D) = E softplus(-D(x)) + E softplus(D(G(z)))",
        "G:  min  -f(G, D_K),   D_0 = D,  D_{k+1} = D_k - rate * grad_D f(G, D_k)",
    ),
    departures=(
        "the steps are of plain gradient descent, as in the paper's equations, where the code unrolls Adam",
        "a discriminator without norm; for G ten times D's learning rate, as in the code for points",
    ),
    nets={"D": Discriminator(norm=None)},
    turns={
        "D": {"optim": Adam(1e-4, (0.5, 0.999))},
        "G": {"loss": UnrolledMinimax(), "optim": Adam(1e-3, (0.5, 0.999))},
    },
    bf16=False,  # the unrolled steps are small relative to the weights
)
