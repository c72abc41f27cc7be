"""CycleGAN: translators trained to invert each other learn the right mapping both ways, without pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from sparring.core.batch import Nets
from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import set_knobs
from sparring.core.pixels import to_float
from sparring.core.recipe import Builder
from sparring.data.framing import Frame
from sparring.data.from_arrays import arrays_data
from sparring.data.textures import CLASSES, Translations, read_layouts, read_textures, translations
from sparring.engine.short import train_in_memory
from sparring.metrics.segmentation import mean_iou, permuted_mean_iou
from sparring.nets.families.patch import Discriminator
from sparring.nets.families.translator import Translator
from sparring.zoo.cyclegan import cyclegan

SIZE, SHAPES, DRAWN, TESTED = 16, 4, 20_000, 4000
ROUNDS, BATCH, WEIGHT = 800, 8, 1.0
NETS: dict[str, Builder] = {
    "G": Translator(16, 2, halvings=0), "F": Translator(16, 2, halvings=0),
    "DA": Discriminator(16, 1), "DB": Discriminator(16, 1),
}  # fmt: skip
RATES = {"turns.D.optim.lr": 5e-4, "turns.G.optim.lr": 1e-3}


def trial(seed: int) -> Mapping[str, float]:
    """Train CycleGAN with and without the cycle term on 16x16 scenes and return both directions' accuracy.

    Keys begin with "cycle" or, without the cycle term, with "GAN". "to textures" and "to layouts" are the
    mean intersections over union, in [0, 1], of the classes of pixels in translated test scenes; "worse" is
    the lower of both, "worse, renamed" the lower of both under the best permutation of the classes. "lost" is
    the mean absolute error of pictures after both translations, pixels in [-1, 1]. `seed` decides all scenes,
    initial weights, data order and noise.
    """
    scenes = _ranked(translations(DRAWN, SIZE, seed, SHAPES))
    data = arrays_data(scenes.unpaired(), Frame(), "layouts and renderings, unpaired")
    test = _ranked(translations(TESTED, SIZE, seed + 10_000, SHAPES))
    numbers: dict[str, float] = {}
    for name, weight in (("cycle", WEIGHT), ("GAN", 0.0)):
        recipe = set_knobs(cyclegan, {**RATES, "turns.G.loss.weight": weight})
        played = train_in_memory(recipe, data, ROUNDS, seed, batch=BATCH, nets=NETS)
        numbers |= {f"{name} {key}": value for key, value in _measures(played.shown, test).items()}
    return numbers


def _ranked(scenes: Translations) -> Translations:
    """Return the scenes with all shapes in which area falls from discs to squares to triangles."""
    disc, square, triangle = ((scenes.classes == kind).sum((1, 2)) for kind in (1, 2, 3))
    ranked = (disc > square) & (square > triangle) & (triangle > 0)
    return Translations(*(part[ranked] for part in scenes))


@torch.no_grad()
def _measures(nets: Nets, test: Translations) -> dict[str, float]:
    a, b = (to_float(torch.from_numpy(x)) for x in (test.layout, test.textured))
    b_fake, a_fake = nets["G"](a), nets["F"](b)
    lost = ((nets["F"](b_fake) - a).abs().mean() + (nets["G"](a_fake) - b).abs().mean()) / 2
    kinds, maps = len(CLASSES), (_read(read_textures, b_fake), _read(read_layouts, a_fake))
    right = [mean_iou(classes, test.classes, kinds) for classes in maps]
    renamed = [permuted_mean_iou(classes, test.classes, kinds) for classes in maps]
    both = {"to textures": right[0], "to layouts": right[1]}
    return {**both, "worse": min(right), "worse, renamed": min(renamed), "lost": lost.item()}


def _read(reader: Callable[[np.ndarray], np.ndarray], x: Tensor) -> np.ndarray:
    return reader(((x + 1) * 127.5).round().permute(0, 2, 3, 1).numpy())


claim = Claim(
    says="the cycle makes both directions right: mean IoU of the worse one, and L1 there and back",
    data="about 1100 layouts and 1100 renderings of other scenes, 16x16; 450 drawn both ways to test",
    baseline="the same nets and updates with both adversarial terms and no cycle term",
    trial=trial,
    bounds=(
        AtLeast("cycle worse", 0.7),
        AtLeast("cycle worse", "GAN worse", plus=0.15),
        AtMost("cycle lost", 0.05),
    ),
    headline="cycle worse",
    baseline_number="GAN worse",
    calibrated=(
        "16x16 in place of 32x32, for the budget; translators without halvings, for with two they learnt "
        "nothing in 750 rounds; scenes in which the classes' areas are ranked, for without the ranking the "
        "classes came out permuted; exact readers in place of a trained judge; cycle weight 1, as the card "
        "advises.  One calibration run, without the baseline: 0.70 after 600 rounds, still rising"
    ),
    note=(
        "the worse IoU is 0.76, 0.22 and 0.76 against 0.2 to 0.4 without the cycle: on seed 1 the classes "
        "came out permuted.  The loss there and back is that of wrong pixels at so many borders.  In "
        "calibration, 32x32 with three shapes, textures a quarter as deep and weight 1, then 10, gave 0.88 "
        "and 0.89, the loss 0.058 and 0.063; but other seeds and widths came out permuted again, and a "
        "greater distance between the classes' areas, discriminators of larger patches or weight 3 "
        "throughout did "
        "not prevent it"
    ),
)
