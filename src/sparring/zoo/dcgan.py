"""DCGAN: the game of `gan` between two nets of strided convolutions.

    D:  min  E softplus(-D(x)) + E softplus(D(G(z)))
    G:  min  E softplus(-D(G(z)))

Child of `gan`.
Radford, Metz and Chintala 2015, Unsupervised Representation Learning with Deep Convolutional Generative
Adversarial Networks, arXiv:1511.06434.  Departures: batches of 64 in place of 128, 64 channels next to the
picture at every size, as many layers as the size asks for, samples from averaged weights.
"""

from sparring.core.latent import Uniform
from sparring.nets.families.dcgan import Discriminator, Generator
from sparring.zoo.gan import gan

dcgan = gan.but(
    "dcgan",
    paper="1511.06434",
    title="Unsupervised Representation Learning with Deep Convolutional GANs",
    year=2015,
    objective=(
        "D:  min  E softplus(-D(x)) + E softplus(D(G(z)))",
        "G:  min  E softplus(-D(G(z)))",
    ),
    departures=(
        "batches of 64 in place of 128",
        "64 channels next to the picture at every size, as many layers as the size asks for",
        "samples from averaged weights",
    ),
    nets={"G": Generator(), "D": Discriminator()},
    latent=Uniform(100),
)
