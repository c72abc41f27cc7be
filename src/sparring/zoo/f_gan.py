"""f-GAN: the discriminator bounds any f-divergence from below; the generator lowers the bound.

    D:  min  E f*(T(D(G(z)))) - E T(D(x))
    G:  min  -E T(D(G(z)))   or, as a saddle point, -E f*(T(D(G(z))))

with T the divergence's output activation and f* its conjugate; here the squared Hellinger distance,
T = 1 - e^-v and f* = T / (1 - T), which is finite where data and fakes share no support, as KL and Pearson's
are not, and is not what `gan` plays.  Child of `dcgan`.
Nowozin, Cseke and Tomioka 2016, f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization, arXiv:1606.00709.  Departures: the nets and batch of `dcgan` in place of MLPs and 4096, samples
from averaged weights; of the paper's two generator losses G has the second (section 3.2); exponentials are
continued linearly from e^20.
"""

from sparring.objectives.divergences import Hellinger, Variational
from sparring.zoo.dcgan import dcgan
from sparring.zoo.gan import Discriminate, Generate

hellinger = Variational(Hellinger(), saddle=False)

f_gan = dcgan.but(
    "f_gan",
    paper="1606.00709",
    title="f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization",
    year=2016,
    objective=(
        "D:  min  E f*(T(D(G(z)))) - E T(D(x))",
        "G:  min  -E T(D(G(z)))   or, as a saddle point, -E f*(T(D(G(z))))",
    ),
    departures=(
        "the nets and batch of `dcgan` in place of MLPs and 4096",
        "samples from averaged weights; of the paper's two generator losses G has the second (section 3.2)",
        "exponentials are continued linearly from e^20",
    ),
    turns={"D": {"loss": Discriminate(hellinger)}, "G": {"loss": Generate(hellinger)}},
)
