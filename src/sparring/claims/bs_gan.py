"""BS-GAN: against a frozen discriminator the generator stops at the decision boundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from sparring.core.claim import AtMost, Claim
from sparring.core.knobs import set_knobs
from sparring.core.latent import Normal
from sparring.core.recipe import Recipe, Stage, Turn
from sparring.data.protocol import digits8
from sparring.engine.short import ShortTraining, train_in_memory
from sparring.metrics.classifier import Classifier, frechet_distance, train_classifier
from sparring.nets.families.mlp import Discriminator, Generator
from sparring.zoo.bs_gan import bs_gan
from sparring.zoo.gan import adam, gan

TOGETHER, ALONE = 2000, 1000
"""Training steps of the game, the same for both recipes; then steps of G alone, with D frozen."""
BATCH, SAMPLES, RATE = 128, 1000, 1e-3


def trial(seed: int) -> Mapping[str, float]:
    """Train a GAN on digits, then G alone by two losses, and return distances and the scores of fakes.

    "before", "bs_gan" and "gan" are squared Frechet distances of 1000 samples to the 500 test digits, in
    features of a classifier of the training digits: after the game, and after 1000 more steps of G alone
    against the frozen D, by BS-GAN's loss or by the GAN's. "logit" and "gan's logit" are the mean |D(G(z))|
    after these steps; 0 is D's decision boundary. `seed` decides initial weights, data order and noise.
    """
    classifier = train_classifier(digits8().train)
    (before, _), ours = _run(bs_gan, classifier, seed)
    (_, _), theirs = _run(gan, classifier, seed)
    return {
        "before": before,
        "bs_gan": ours[0],
        "gan": theirs[0],
        "logit": ours[1],
        "gan's logit": theirs[1],
    }


def _run(
    loss_of: Recipe, classifier: Classifier, seed: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return (Frechet distance, mean |logit|) when D is frozen, and after G's steps with another loss.

    The loss of those steps is that of G in `loss_of`.
    """
    split = digits8()
    test, measures = split.test.x[np.arange(len(split.test))], list[tuple[float, float]]()

    def watch(played: ShortTraining, step: int) -> None:
        if step >= TOGETHER:
            x = played.samples(SAMPLES)
            with torch.no_grad():
                logit = played.nets["D"](x).abs().mean().item()
            measures.append((frechet_distance(classifier, x, test), logit))

    train_in_memory(
        _recipe(loss_of),
        split.train,
        TOGETHER + ALONE,
        seed,
        batch=BATCH,
        averages=False,
        watch=watch,
        every=ALONE,
    )
    return measures[0], measures[-1]


def _recipe(loss_of: Recipe) -> Recipe:
    """Return the game of `gan`, followed by G alone with the loss of `loss_of`."""
    alone = Turn(loss_of.turns["G"].loss, replace(adam, lr=RATE), moves=("G",))
    game = set_knobs(gan, {"turns.D.optim.lr": RATE, "turns.G.optim.lr": RATE})
    return replace(
        game,
        nets={"G": Generator(128), "D": Discriminator(128)},
        latent=Normal(16),
        turns={**game.turns, "alone": alone},
        stages=(Stage(("D", "G"), share=TOGETHER), Stage(("alone",), share=ALONE)),
    )


claim = Claim(
    says="against a discriminator that stands still G stops at the boundary, and its samples suffer "
    "less than gan's",
    data="digits8, Frechet distance of 1000 samples to the test digits in a judge's features",
    baseline="the same game up to the same discriminator, after which G takes as many steps by gan's "
    "own loss",
    trial=trial,
    bounds=(AtMost("bs_gan", "gan"), AtMost("logit", 0.5)),
    headline="bs_gan",
    baseline_number="gan",
    calibrated=(
        "the card has none for the continuous form: this is the paper's check of generators trained ahead "
        "of their discriminator, at its limit, a discriminator that stands still after 2000 rounds "
        "of the plain game.  A "
        "first setting (five steps of G to one of D from the start) missed its bound on seeds 0-2: the "
        "boundary is worth aiming at only once the discriminator has learnt where it lies"
    ),
)
