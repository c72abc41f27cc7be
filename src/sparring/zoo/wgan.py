"""WGAN: a critic with bounded gradient estimates the earth mover's distance; the generator lowers it.

    D:  min  E D(G(z)) - E D(x)   over weights in [-0.01, 0.01]
    G:  min  -E D(G(z))

with five critic steps to one of the generator.  Child of `dcgan`.
Arjovsky, Chintala and Bottou 2017, Wasserstein GAN, arXiv:1701.07875.  Departures: gains and biases of batch
norm are not clipped, no longer critic phases (100 steps) at the start and at every 500th round, samples from
averaged weights.
"""

from sparring.core.latent import Normal
from sparring.core.optim import RMSProp
from sparring.objectives.adversarial import Wasserstein
from sparring.objectives.constraints import Clip
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Discriminate, Generate

rmsprop = RMSProp(5e-5)

wgan = dcgan.but(
    "wgan",
    paper="1701.07875",
    title="Wasserstein GAN",
    year=2017,
    objective=(
        "D:  min  E D(G(z)) - E D(x)   over weights in [-0.01, 0.01]",
        "G:  min  -E D(G(z))",
    ),
    departures=(
        "gains and biases of batch norm are not clipped",
        "no longer critic phases (100 steps) at the start and at every 500th round",
        "samples from averaged weights",
    ),
    turns={
        "D": {"loss": Discriminate(Wasserstein()), "optim": rmsprop, "repeat": 5, "after": Clip(0.01)},
        "G": {"loss": Generate(Wasserstein()), "optim": rmsprop},
    },
    latent=Normal(100),
    bf16=False,  # the distance is a small difference of means, for which eight bits of mantissa are too few
)
