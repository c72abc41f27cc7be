"""CycleGAN: two translators between unpaired sets, each trained to invert the other.

    D:  min  E (DB(b) - 1)^2 / 2 + E DB(G(a)')^2 / 2 + the same of DA, a and F(b)'
    G:  min  E (DB(G(a)) - 1)^2 + E (DA(F(b)) - 1)^2 + weight * (E |F(G(a)) - a| + E |G(F(b)) - b|)

with a of the first set and b of the second, drawn independently, and ' a draw from current and earlier fakes.
D moves DA and DB, whose scores are maps over patches; G moves G and F.  Child of `lsgan`.
Zhu, Park, Isola and Efros 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial
Networks, arXiv:1703.10593.  Departures: 32 channels and 6 blocks at every size, smaller patches on small
pictures, batches of 4, no identity term, samples (of the second set) from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.latent import Normal
from sparring.core.recipe import Average, Need
from sparring.core.schedule import LinearDecay
from sparring.nets.families.patch import Discriminator
from sparring.nets.families.translator import Translator
from sparring.nets.state.fake_buffer import FakeBuffer
from sparring.objectives.adversarial import LeastSquares
from sparring.objectives.reconstruction import mean_absolute_error
from sparring.zoo.lsgan import lsgan


@dataclass(frozen=True)
class DiscriminateBoth:
    """Both discriminators' losses, terms "a" and "b"; fakes come from the buffers PA and PB."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake_a, fake_b, game = n.PA(n.F(b["second"]), b.u), n.PB(n.G(b.x), b.u), LeastSquares()
        a = game.d(n.DA.map(b.x), n.DA.map(fake_a))
        return {"a": a, "b": game.d(n.DB.map(b["second"]), n.DB.map(fake_b))}


@dataclass(frozen=True)
class CycleConsistency:
    """Both translators' adversarial losses, "a" and "b", and cycle losses, "cycle_a" and "cycle_b"."""

    weight: float = 10.0  # lambda in the paper

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake_a, fake_b, game = n.F(b["second"]), n.G(b.x), LeastSquares()
        return {
            "a": 2 * game.g(n.DA.map(fake_a)),  # the paper halves only the discriminators' losses
            "b": 2 * game.g(n.DB.map(fake_b)),
            "cycle_a": self.weight * mean_absolute_error(b.x, n.F(fake_b)),
            "cycle_b": self.weight * mean_absolute_error(b["second"], n.G(fake_a)),
        }


def sample_translation(n: Nets, b: Batch) -> Tensor:
    """Return the translations G(x) of pictures of the first set, (n, *shape)."""
    sample: Tensor = n.G(b.x)
    return sample


def score_second_domain(n: Nets, b: Batch) -> Tensor:
    """Return the score DB(x) of pictures as members of the second set, (n,), high for real."""
    score: Tensor = n.DB(b.x)
    return score


cyclegan = lsgan.but(
    "cyclegan",
    paper="1703.10593",
    title="Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
    year=2017,
    objective=(
        "D:  min  E (DB(b) - 1)^2 / 2 + E DB(G(a)')^2 / 2 + the same of DA, a and F(b)'",
        "G:  min  E (DB(G(a)) - 1)^2 + E (DA(F(b)) - 1)^2 + weight * (E |F(G(a)) - a| + E |G(F(b)) - b|)",
    ),
    departures=(
        "32 channels and 6 blocks at every size",
        "smaller patches on small pictures",
        "batches of 4",
        "no identity term",
        "samples (of the second set) from averaged weights",
    ),
    roles={"F": "generator", "DA": "discriminator", "DB": "discriminator", "PA": "state", "PB": "state"},
    nets={
        "D": None,
        **dict.fromkeys(("G", "F"), Translator()),
        **dict.fromkeys(("DA", "DB"), Discriminator()),
        **dict.fromkeys(("PA", "PB"), FakeBuffer()),
    },
    turns={
        "D": {"loss": DiscriminateBoth(), "moves": ("DA", "DB"), "schedule": LinearDecay()},
        "G": {"loss": CycleConsistency(), "moves": ("G", "F"), "schedule": LinearDecay()},
    },
    latent=Normal(0),
    averages={"F": Average(0.999)},
    batch=4,
    sampler=sample_translation,
    judge=score_second_domain,
    needs=(Need("second", paired=False),),
)
