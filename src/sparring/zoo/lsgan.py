"""LSGAN: squared distances of the scores to targets, so that confidently rejected fakes keep a gradient.

    D:  min  E (D(x) - b)^2 / 2 + E (D(G(z)) - a)^2 / 2
    G:  min  E (D(G(z)) - c)^2 / 2

with (a, b, c) = (0, 1, 1) and a linear score.  Child of `dcgan`.
Mao et al. 2016, Least Squares Generative Adversarial Networks, arXiv:1611.04076.  Departures: the nets and
batch of `dcgan` in place of deeper ones for 112x112 pictures, its learning rate 2e-4 where the paper takes
1e-3 for scenes, samples from averaged weights.
"""

from sparring.objectives.adversarial import LeastSquares
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Discriminate, Generate

lsgan = dcgan.but(
    "lsgan",
    paper="1611.04076",
    title="Least Squares Generative Adversarial Networks",
    year=2016,
    objective=(
        "D:  min  E (D(x) - b)^2 / 2 + E (D(G(z)) - a)^2 / 2",
        "G:  min  E (D(G(z)) - c)^2 / 2",
    ),
    departures=(
        "the nets and batch of `dcgan` in place of deeper ones for 112x112 pictures",
        "its learning rate 2e-4 where the paper takes 1e-3 for scenes",
        "samples from averaged weights",
    ),
    turns={"D": {"loss": Discriminate(LeastSquares())}, "G": {"loss": Generate(LeastSquares())}},
)
