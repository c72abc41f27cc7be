"""b-GAN: the discriminator estimates the density ratio of data and fakes; G lowers a divergence by it.

    D:  min  E r(G(z))^2 / 2 - E r(x)                    r = softplus(D), to match p / q
    G:  min  E f(r(G(z)))                                f(r) = r log r - (1 + r) log(1 + r)

with the ratio matched by Pearson's f.  Child of `dcgan`.
Uehara et al. 2016, Generative Adversarial Nets from a Density Ratio Estimation Perspective, arXiv:1610.02920.
Departures: G has the GAN's f where the paper gives both nets one f, e.g. Pearson's, for (r - 1)^2 / 2 pushes
fakes away from data wherever r > 1, also with the exact ratio; the nets of `dcgan`, samples from averaged
weights.
"""

from sparring.objectives.ratio import RatioMatching
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Discriminate, Generate

b_gan = dcgan.but(
    "b_gan",
    paper="1610.02920",
    title="Generative Adversarial Nets from a Density Ratio Estimation Perspective",
    year=2016,
    objective=(
        "D:  min  E r(G(z))^2 / 2 - E r(x)                    r = softplus(D), to match p / q",
        "G:  min  E f(r(G(z)))                                f(r) = r log r - (1 + r) log(1 + r)",
    ),
    departures=(
        "G has the GAN's f where the paper gives both nets one f, e.g. Pearson's, for (r - 1)^2 / 2 "
        "pushes fakes away from data wherever r > 1, also with the exact ratio",
        "the nets of `dcgan`",
        "samples from averaged weights",
    ),
    turns={"D": {"loss": Discriminate(RatioMatching())}, "G": {"loss": Generate(RatioMatching())}},
    bf16=False,  # the ratio is the optimum of a squared loss, for which eight bits of mantissa are too few
)
