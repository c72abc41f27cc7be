"""Improved GAN: the discriminator also classifies, and the generator matches its mean features.

    D:  min  E CE(D(x), y) + (weight / 2) * E [softplus(-e(x)) + softplus(e(G(z)))]
    G:  min  |E f(x) - E f(G(z))|^2

with e(x) the log of the sum of exp over the K logits of D(x), against the logit 0 of the class of fakes, and
f(x) the features that D's head reads.  The cross-entropy is over data with labels, the second term over
those without.  Minibatch discrimination, historical averaging, virtual batch norm and one-sided smoothing
are separate, for any recipe: `nets/layers/minibatch`, `objectives/history`,
`nets/layers/virtual_batch_norm`, `objectives/smoothing`.
Child of `dcgan`.
Salimans et al. 2016, Improved Techniques for Training GANs, arXiv:1606.03498.  Departures: a
convolutional discriminator with He's weights; the authors' dense one, with weight norm and noise, is
`nets/families/noisy_mlp`.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import softplus

from sparring.core.batch import Batch, Nets, Terms
from sparring.core.optim import Adam
from sparring.core.recipe import Average
from sparring.nets.families.dcgan import Discriminator
from sparring.nets.heads.classes import ClassLogits
from sparring.objectives.evidence import class_loss, real_logit, unlabelled_mean
from sparring.objectives.matching import mean_distance
from sparring.zoo.dcgan import dcgan


@dataclass(frozen=True)
class SemiSupervised:
    """The loss of a discriminator with a logit per class; with one logit, half the loss of `gan`.

    With v = log-sum-exp of the logits: "class", the cross-entropy of labelled data; "real", weight / 2 * E
    softplus(-v(x)) over unlabelled data, or all if none or all are labelled; "fake", weight / 2 * E
    softplus(v(G(z))).
    """

    weight: float = 1.0  # w in the authors' code

    def __call__(self, n: Nets, b: Batch) -> Terms:
        logits = n.D(b.x)
        return {
            "class": class_loss(logits, b.y),
            "real": self.weight / 2 * unlabelled_mean(softplus(-real_logit(logits)), b.y),
            "fake": self.weight / 2 * softplus(real_logit(n.D(n.G(b.z)))).mean(),
        }


@dataclass(frozen=True)
class MatchFeatures:
    """The generator's loss, term "match": |E f(x) - E f(G(z))|^2 for the features f of the discriminator."""

    def __call__(self, n: Nets, b: Batch) -> Terms:
        return {"match": mean_distance(n.D.features(b.x), n.D.features(n.G(b.z)))}


def score_classes(n: Nets, b: Batch) -> Tensor:
    """Return the score of data, (n,), high for real: the log-sum-exp of the class logits."""
    return real_logit(n.D(b.x))


adam = Adam(3e-4, (0.5, 0.999))

improved_gan = dcgan.but(
    "improved_gan",
    paper="1606.03498",
    title="Improved Techniques for Training GANs",
    year=2016,
    objective=(
        "D:  min  E CE(D(x), y) + (weight / 2) * E [softplus(-e(x)) + softplus(e(G(z)))]",
        "G:  min  |E f(x) - E f(G(z))|^2",
    ),
    departures=(
        "a convolutional discriminator with He's weights; the authors' dense one, with weight norm "
        "and noise, is `nets/families/noisy_mlp`",
    ),
    nets={"D": ClassLogits(Discriminator(norm=None))},
    turns={"D": {"loss": SemiSupervised(), "optim": adam}, "G": {"loss": MatchFeatures(), "optim": adam}},
    averages={"D": Average(0.999)},  # it is the classifier
    batch=100,
    judge=score_classes,
)
