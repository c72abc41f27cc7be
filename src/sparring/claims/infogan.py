"""InfoGAN: without labels, the categorical code learns the kind of shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import log

import torch

from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.codes import Codes
from sparring.core.knobs import set_knobs
from sparring.core.pixels import to_float
from sparring.core.recipe import Recipe
from sparring.data.protocol import Split, shapes
from sparring.data.scenes import SHAPES, SceneSpec
from sparring.engine.short import train_in_memory
from sparring.metrics.labels import matched_accuracy
from sparring.nets.families.dcgan import Discriminator, Generator
from sparring.nets.heads.code_head import CodePredictor, SharedFeatures
from sparring.objectives.information import choice_information
from sparring.zoo.infogan import infogan

ROUNDS, WIDTH, BATCH = 400, 24, 64
CODES = Codes(noise=1, choices=1, categories=len(SHAPES), scales=1)
CENTRED = SceneSpec(scale=(0.4, 0.45), rotation=(-0.3, 0.3), hue=(0.0, 0.0), spread=0.0)

ours = replace(
    infogan,
    nets={"G": Generator(WIDTH), "D": SharedFeatures(Discriminator(WIDTH)), "Q": CodePredictor(CODES)},
    latent=CODES,
)
theirs = set_knobs(ours, {"turns.D.loss.weight": 0.0, "turns.G.loss.weight": 0.0})


def trial(seed: int) -> Mapping[str, float]:
    """Train InfoGAN on shapes with and without its information term and return what Q recognises.

    "accuracy" is the share, in [0, 1], of 800 test pictures whose kind of shape is Q's most probable
    category, under the best one-to-one match of four categories to four kinds. "information" is the lower
    bound on the mutual information of category and picture, in nats, at most log 4, for 2000 samples.
    "accuracy without the bound" and "information without the bound" are those of a training in which the term
    has weight 0. `seed` decides all pictures, initial weights, data order and noise.
    """
    data = shapes(4000, 16, seed=seed, spec=CENTRED)
    accuracy, information = _measures(ours, data, seed)
    alone, nothing = _measures(theirs, data, seed)
    return {
        "accuracy": accuracy,
        "information": information,
        "accuracy without the bound": alone,
        "information without the bound": nothing,
    }


def _measures(recipe: Recipe, data: Split, seed: int) -> tuple[float, float]:
    n = train_in_memory(recipe, data.train, ROUNDS, seed, batch=BATCH).shown
    z = CODES.sample(2000, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        real = n.Q(n.D.features(to_float(torch.from_numpy(data.test.x[:]))))
        information = choice_information(CODES, n.Q(n.D.features(n.G(z))), z)
    _, logits, _ = CODES.parts(real)
    return matched_accuracy(logits[:, 0].argmax(1), data.test.labels), float(information)


claim = Claim(
    says="the categorical code sorts real pictures by kind of shape, and is legible in G's pictures",
    data="16x16 pictures of four kinds of shape, centred, turned by up to 0.3 radians; 800 for the test",
    baseline="the same system with weight 0 on the bound",
    trial=trial,
    bounds=(
        AtLeast("accuracy", 0.9),
        AtLeast("information", 0.9 * log(4)),
        AtLeast("accuracy", "accuracy without the bound", plus=0.2),
        AtMost("information without the bound", 0.1),
    ),
    headline="accuracy",
    baseline_number="accuracy without the bound",
    calibrated=(
        "as the card proposes, but that the accuracy of weight 0 has to be 0.2 lower, not near chance: "
        "its head never learns, yet 0.46 to 0.63 of the pictures agreed once its groups were named at best; "
        "1 number of noise, for with 16 the code cut across the kinds (0.54 on seed 11)"
    ),
)
