"""GAN: a generator learns from a discriminator that tells its samples from data.

    D:  min  E softplus(-D(x)) + E softplus(D(G(z)))
    G:  min  E softplus(-D(G(z)))

with D(.) a logit: the non-saturating game of the paper's section 3.  Root of the zoo.
Goodfellow et al. 2014, Generative Adversarial Networks, arXiv:1406.2661.  Departures: leaky ReLUs in place of
maxout with dropout, tanh in place of the sigmoid as pictures lie in [-1, 1], Adam in place of SGD with
momentum, z normal, samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.optim import Adam
from sparring.core.recipe import Average, Recipe, Turn
from sparring.nets.families import mlp
from sparring.objectives.adversarial import Game, LossPair, NonSaturating


@dataclass(frozen=True)
class Discriminate:
    """The discriminator's loss, term "adv": pair.d(D(x), D(G(z))).

    If `joint`, data and fakes pass D in one batch, which batch norm would mix; else in two.
    """

    pair: Game = field(default_factory=NonSaturating)
    joint: bool = False

    def __call__(self, n: Nets, b: Batch) -> Terms:
        if self.joint:
            real, fake = n.D(torch.cat([b.x, n.G(b.z)])).chunk(2)
            return {"adv": self.pair.d(real, fake)}
        return {"adv": self.pair.d(n.D(b.x), n.D(n.G(b.z)))}


@dataclass(frozen=True)
class Generate:
    """The generator's loss, term "adv": pair.g(D(G(z)))."""

    pair: LossPair = field(default_factory=NonSaturating)

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": self.pair.g(n.D(n.G(b.z)))}


adam = Adam(2e-4, (0.5, 0.999))

gan = Recipe(
    name="gan",
    paper="1406.2661",
    title="Generative Adversarial Networks",
    year=2014,
    objective=(
        "D:  min  E softplus(-D(x)) + E softplus(D(G(z)))",
        "G:  min  E softplus(-D(G(z)))",
    ),
    departures=(
        "leaky ReLUs in place of maxout with dropout",
        "tanh in place of the sigmoid as pictures lie in [-1, 1]",
        "Adam in place of SGD with momentum",
        "z normal",
        "samples from averaged weights",
    ),
    roles={"G": "generator", "D": "discriminator"},
    nets={"G": mlp.Generator(), "D": mlp.Discriminator()},
    turns={"D": Turn(Discriminate(), adam), "G": Turn(Generate(), adam)},
    averages={"G": Average(0.999)},
)
