"""LAPGAN: pictures are generated from coarse to fine, the details of each level by a separate game.

    D_k:  min  E softplus(-D_k(x_k)) + E softplus(D_k(l + G_k(l, z)))
    G_k:  min  E softplus(-D_k(l + G_k(l, z)))

with x_2 the data, x_1 and x_0 halved once and twice, and l the doubled x_(k-1) of real data; at k = 0 there
is no l.  Stage k trains level k.  A sample is made by doubling the picture of the level below and
adding details; the nets G_1 and G_2 return the sum.  Child of `gan`.
Denton et al. 2015, Deep Generative Image Models using a Laplacian Pyramid of Adversarial Networks,
arXiv:1506.05751.  Departures: three levels at every size; no classes; no dropout; Adam in place of SGD with
growing momentum; leaky ReLUs in D; sums are cut to [-1, 1] in sampling; samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.planes import Planes
from sparring.core.recipe import Average, Builder, Stage, Turn
from sparring.nets.families import laplacian
from sparring.objectives.adversarial import NonSaturating
from sparring.zoo.gan import adam, gan


@dataclass(frozen=True)
class DiscriminateLevel:
    """D's loss at a level, 0 (coarsest) to 2, term "adv", on whole pictures: blurred picture plus details."""

    level: int

    def __call__(self, n: Nets, b: Batch) -> Terms:
        real, fake = laplacian.downsample(b.x, 2 - self.level), level_fakes(n, b, self.level)
        discriminator = n[f"D{self.level}"]
        return {"adv": NonSaturating().d(discriminator(real), discriminator(fake))}


@dataclass(frozen=True)
class GenerateLevel:
    """The generator's loss at a level, 0 (coarsest) to 2, term "adv"."""

    level: int

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": NonSaturating().g(n[f"D{self.level}"](level_fakes(n, b, self.level)))}


def level_fakes(n: Nets, b: Batch, level: int) -> Tensor:
    """Return fakes of a level: G0(z) at level 0, else generated from the data at half the level's size."""
    fake: Tensor = n.G0(b.z) if level == 0 else n[f"G{level}"](laplacian.downsample(b.x, 3 - level), b.z)
    return fake


def sample_pyramid(n: Nets, b: Batch) -> Tensor:
    """Return samples in [-1, 1]: the coarsest pictures, refined twice and clamped."""
    sample: Tensor = n.G2(n.G1(n.G0(b.z), b.z).clamp(-1, 1), b.z).clamp(-1, 1)
    return sample


def score_finest(n: Nets, b: Batch) -> Tensor:
    """Return the finest discriminator's logit of pictures x of full size, D2(x), (n,), high for real."""
    score: Tensor = n.D2(b.x)
    return score


levels = {
    key: kind(k) for k in range(3) for key, kind in ((f"D{k}", DiscriminateLevel), (f"G{k}", GenerateLevel))
}
coarse: dict[str, Builder] = {"G0": laplacian.CoarseGenerator(), "D0": laplacian.CoarseDiscriminator()}
finer: dict[str, Builder] = {
    "G1": laplacian.DetailGenerator(halvings=1),
    "D1": laplacian.Discriminator(halvings=1),
}
finest: dict[str, Builder] = {"G2": laplacian.DetailGenerator(), "D2": laplacian.Discriminator()}
lapgan = gan.but(
    "lapgan",
    paper="1506.05751",
    title="Deep Generative Image Models using a Laplacian Pyramid of Adversarial Networks",
    year=2015,
    objective=(
        "D_k:  min  E softplus(-D_k(x_k)) + E softplus(D_k(l + G_k(l, z)))",
        "G_k:  min  E softplus(-D_k(l + G_k(l, z)))",
    ),
    departures=(
        "three levels at every size",
        "no classes",
        "no dropout",
        "Adam in place of SGD with growing momentum",
        "leaky ReLUs in D",
        "sums are cut to [-1, 1] in sampling",
        "samples from averaged weights",
    ),
    roles={key: "generator" if key.startswith("G") else "discriminator" for key in levels},
    nets={"G": None, "D": None, **coarse, **finer, **finest},
    turns={"D": None, "G": None, **{key: Turn(loss, adam) for key, loss in levels.items()}},
    latent=Planes(),
    stages=tuple(Stage((f"D{k}", f"G{k}")) for k in range(3)),
    averages={"G": None, **{f"G{k}": Average(0.999) for k in range(3)}},
    sampler=sample_pyramid,
    judge=score_finest,
)
