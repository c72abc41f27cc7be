"""CoGAN: two games that share their nets' high-level layers learn pairs from unpaired data.

    D:  min  E softplus(-D(D1(x))) + E softplus(D(D1(G1(G(z))))) + the same of D2, G2 and the second domain
    G:  min  E softplus(-D(D1(G1(G(z))))) + E softplus(-D(D2(G2(G(z)))))

with x of either domain drawn independently, and one z for both: (G1(G(z)), G2(G(z))) is a pair.  D also
moves D1 and D2, G also G1 and G2.  Child of `dcgan`.
Liu and Tuzel 2016, Coupled Generative Adversarial Networks, arXiv:1606.07536.  Departures: as many layers as
the size asks for, of fewer channels; no dropout in D; PyTorch's own initial weights; no class term for domain
adaptation; samples, of the first domain, from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.recipe import Average, Need
from sparring.nets.families.coupled import DomainInput, DomainOutput, SharedDiscriminator, SharedGenerator
from sparring.objectives.adversarial import NonSaturating
from sparring.zoo.dcgan import dcgan


@dataclass(frozen=True)
class DiscriminateBoth:
    """Both discriminators' losses, terms "first" and "second", on logits D(D1(x)) and D(D2(x))."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        (first, second), game = pair(n, b.z), NonSaturating()
        return {
            "first": game.d(n.D(n.D1(b.x)), n.D(n.D1(first))),
            "second": game.d(n.D(n.D2(b["second"])), n.D(n.D2(second))),
        }


@dataclass(frozen=True)
class GenerateBoth:
    """Both generators' losses at the same z, terms "first" and "second"."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        (first, second), game = pair(n, b.z), NonSaturating()
        return {"first": game.g(n.D(n.D1(first))), "second": game.g(n.D(n.D2(second)))}


def pair(n: Nets, z: Tensor) -> tuple[Tensor, Tensor]:
    """Return samples of z (n, latent) in the first domain and in the second, each (n, *shape)."""
    shared = n.G(z)
    return n.G1(shared), n.G2(shared)


def sample_first_domain(n: Nets, b: Batch) -> Tensor:
    """Return samples of the first domain, G1(G(z)), (n, *shape)."""
    return pair(n, b.z)[0]


def score_first_domain(n: Nets, b: Batch) -> Tensor:
    """Return the logit of data of the first domain, D(D1(x)), (n,), high for real."""
    score: Tensor = n.D(n.D1(b.x))
    return score


cogan = dcgan.but(
    "cogan",
    paper="1606.07536",
    title="Coupled Generative Adversarial Networks",
    year=2016,
    objective=(
        "D:  min  E softplus(-D(D1(x))) + E softplus(D(D1(G1(G(z)))))"
        " + the same of D2, G2 and the second domain",
        "G:  min  E softplus(-D(D1(G1(G(z))))) + E softplus(-D(D2(G2(G(z)))))",
    ),
    departures=(
        "as many layers as the size asks for, of fewer channels",
        "no dropout in D",
        "PyTorch's own initial weights",
        "no class term for domain adaptation",
        "samples, of the first domain, from averaged weights",
    ),
    roles={"G1": "generator", "G2": "generator", "D1": "discriminator", "D2": "discriminator"},
    nets={
        "G": SharedGenerator(),
        "G1": DomainOutput(),
        "G2": DomainOutput(),
        "D1": DomainInput(),
        "D2": DomainInput(),
        "D": SharedDiscriminator(),
    },
    turns={
        "D": {"loss": DiscriminateBoth(), "moves": ("D1", "D2", "D")},
        "G": {"loss": GenerateBoth(), "moves": ("G", "G1", "G2")},
    },
    averages={"G1": Average(0.999), "G2": Average(0.999)},
    sampler=sample_first_domain,
    judge=score_first_domain,
    needs=(Need("second", paired=False),),
)
