"""Softmax GAN: one softmax over all data and fakes of a step, in place of a separate score for each.

    D:  min  log Z - (1/M) sum D(x)
    G:  min  log Z - (1/(M + N)) (sum D(x) + sum D(G(z)))

with Z the sum of exp D over the M data and N fakes: D gives the data all the mass, G equal shares to all.
Child of `dcgan`.
Lin 2017, Softmax GAN, arXiv:1704.06191.  Departures: the score is minus the paper's energy mu, real and fake
pass batch norm separately, samples from averaged weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparring.core.batch import Batch, Nets, Terms
from sparring.objectives.adversarial import Softmax
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Discriminate


@dataclass(frozen=True)
class GenerateSoftmax:
    """The generator's loss, term "adv"; it depends on the data too, through the normaliser Z."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"adv": Softmax().g(n.D(b.x), n.D(n.G(b.z)))}


softmax_gan = dcgan.but(
    "softmax_gan",
    paper="1704.06191",
    title="Softmax GAN",
    year=2017,
    objective=(
        "D:  min  log Z - (1/M) sum D(x)",
        "G:  min  log Z - (1/(M + N)) (sum D(x) + sum D(G(z)))",
    ),
    departures=(
        "the score is minus the paper's energy mu",
        "real and fake pass batch norm separately",
        "samples from averaged weights",
    ),
    turns={"D": {"loss": Discriminate(Softmax())}, "G": {"loss": GenerateSoftmax()}},
)
