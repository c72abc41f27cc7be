"""SN-GAN: each of the discriminator's weight matrices has spectral norm one, which bounds its gradient.

    D:  min  E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))   with W / sigma(W) for every weight W
    G:  min  -E D(G(z))

with sigma(W) the largest singular value, by one power iteration a step; the hinge is Lim and Ye's
(arXiv:1705.02894).  Child of `dcgan`.
Miyato et al. 2018, Spectral Normalization for Generative Adversarial Networks, arXiv:1802.05957.
Departures: the nets of `dcgan`, without the paper's 3x3 convolutions of stride one; one discriminator step to
one of the generator, of the paper's 1 to 5; a step passes real and fake separately, so that it iterates
twice; samples from averaged weights.
"""

from sparring.core.latent import Normal
from sparring.nets.families.dcgan import Discriminator
from sparring.nets.layers.spectral_norm import SpectralNormalised
from sparring.objectives.adversarial import Hinge
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Discriminate, Generate

sngan = dcgan.but(
    "sngan",
    paper="1802.05957",
    title="Spectral Normalization for Generative Adversarial Networks",
    year=2018,
    objective=(
        "D:  min  E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))   with W / sigma(W) for every weight W",
        "G:  min  -E D(G(z))",
    ),
    departures=(
        "the nets of `dcgan`, without the paper's 3x3 convolutions of stride one",
        "one discriminator step to one of the generator, of the paper's 1 to 5",
        "a step passes real and fake separately, so that it iterates twice",
        "samples from averaged weights",
    ),
    nets={"D": SpectralNormalised(Discriminator(norm=None))},
    turns={"D": {"loss": Discriminate(Hinge())}, "G": {"loss": Generate(Hinge())}},
    latent=Normal(128),
)
