"""BS-GAN: the generator seeks the discriminator's decision boundary, where the odds of real are even.

    D:  min  E softplus(-D(x)) + E softplus(D(G(z)))
    G:  min  (1/2) E D(G(z))^2

with D(.) a logit, 0 on the boundary: the form for data with a gradient.  Child of `dcgan`.
Hjelm et al. 2017, Boundary-Seeking Generative Adversarial Networks, arXiv:1702.08431.
Departures: the nets, prior and averaging of `dcgan`; without the code's optional running log Z.
"""

from sparring.core.optim import Adam
from sparring.objectives.boundary import BoundarySeeking
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Generate

adam = Adam(1e-4, (0.5, 0.999))

bs_gan = dcgan.but(
    "bs_gan",
    paper="1702.08431",
    title="Boundary-Seeking Generative Adversarial Networks",
    year=2017,
    objective=(
        "D:  min  E softplus(-D(x)) + E softplus(D(G(z)))",
        "G:  min  (1/2) E D(G(z))^2",
    ),
    departures=("the nets, prior and averaging of `dcgan`; without the code's optional running log Z",),
    turns={"D": {"optim": adam}, "G": {"loss": Generate(BoundarySeeking()), "optim": adam}},
)
