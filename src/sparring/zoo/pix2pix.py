"""pix2pix: a translator of pairs, trained by its error and by a discriminator that sees the pair.

    D:  min  (E softplus(-D(x, s)) + E softplus(D(G(s), s))) / 2
    G:  min  E softplus(-D(G(s), s)) + weight * E |x - G(s)|

with (s, x) a pair of a source and a picture, and D(., .) the logits of patches.  Child of `gan`.
Isola, Zhu, Zhou and Efros 2017, Image-to-Image Translation with Conditional Adversarial Networks,
arXiv:1611.07004.  Departures: instance norm, which is the paper's batch norm at its batches of 1; no dropout,
so that a source has one translation; as many levels as leave a map of 2 pixels a side; patches of fewer
pixels on small pictures; batches of 4; no random crops.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.kinds import Image, LabelMap
from sparring.core.latent import Normal
from sparring.core.recipe import Need
from sparring.nets.families.patch import PairDiscriminator
from sparring.nets.families.unet import UNet
from sparring.objectives.adversarial import NonSaturating
from sparring.objectives.reconstruction import mean_absolute_error
from sparring.zoo.gan import gan


@dataclass(frozen=True)
class DiscriminatePairs:
    """Half of the discriminator's loss on the logits of patches, term "adv"."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        s = b["source"]
        return {"adv": NonSaturating().d(n.D.map(b.x, s), n.D.map(n.G(s), s)) / 2}


@dataclass(frozen=True)
class TranslatePairs:
    """The translator's adversarial loss, term "adv", and its weighted absolute error, term "l1"."""

    weight: float = 100.0  # lambda in the paper

    def __call__(self, n: Nets, b: Batch) -> Terms:
        fake = n.G(b["source"])
        adversarial = NonSaturating().g(n.D.map(fake, b["source"]))
        return {"adv": adversarial, "l1": self.weight * mean_absolute_error(b.x, fake)}


def sample_translation(n: Nets, b: Batch) -> Tensor:
    """Return the translations G(s) of the sources of the batch, (n, *shape)."""
    sample: Tensor = n.G(b["source"])
    return sample


def score_pairs(n: Nets, b: Batch) -> Tensor:
    """Return the mean logit of the patches of pairs, D(x, s), (n,), high for real."""
    score: Tensor = n.D(b.x, b["source"])
    return score


pix2pix = gan.but(
    "pix2pix",
    paper="1611.07004",
    title="Image-to-Image Translation with Conditional Adversarial Networks",
    year=2017,
    objective=(
        "D:  min  (E softplus(-D(x, s)) + E softplus(D(G(s), s))) / 2",
        "G:  min  E softplus(-D(G(s), s)) + weight * E |x - G(s)|",
    ),
    departures=(
        "instance norm, which is the paper's batch norm at its batches of 1",
        "no dropout, so that a source has one translation",
        "as many levels as leave a map of 2 pixels a side",
        "patches of fewer pixels on small pictures",
        "batches of 4",
        "no random crops",
    ),
    nets={"G": UNet(), "D": PairDiscriminator()},
    turns={"D": {"loss": DiscriminatePairs()}, "G": {"loss": TranslatePairs()}},
    latent=Normal(0),
    averages={"G": None},
    batch=4,
    needs=(Need("source", (Image, LabelMap)),),
    sampler=sample_translation,
    judge=score_pairs,
)
