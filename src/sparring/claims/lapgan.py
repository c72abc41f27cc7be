"""LAPGAN: pictures generated from coarse to fine are closer to the data than those generated at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from sparring.core.batch import Batch
from sparring.core.claim import AtLeast, AtMost, Claim
from sparring.core.knobs import set_knobs
from sparring.core.planes import noise_slice
from sparring.core.recipe import Builder, Recipe
from sparring.data.protocol import img28
from sparring.engine.short import ShortTraining, train_in_memory
from sparring.metrics.classifier import frechet_distance, train_classifier
from sparring.nets.families import dcgan as single
from sparring.nets.families.laplacian import (
    CoarseDiscriminator,
    CoarseGenerator,
    DetailGenerator,
    Discriminator,
    downsample,
)
from sparring.zoo.dcgan import dcgan
from sparring.zoo.lapgan import lapgan

ROUNDS, BATCH, SAMPLES = 1800, 32, 500
SHARES = (8, 7, 3)
"""Relative numbers of training steps of the three levels, from the coarsest to the finest."""
RATES = (2e-3, 1e-3, 1e-3)
OURS: dict[str, Builder] = {
    "G0": CoarseGenerator(250, depth=1), "D0": CoarseDiscriminator(200), "G1": DetailGenerator(12, 1),
    "D1": Discriminator(16, 1), "G2": DetailGenerator(12), "D2": Discriminator(16),
}  # fmt: skip
THEIRS: dict[str, Builder] = {"G": single.Generator(16), "D": single.Discriminator(16)}


def trial(seed: int) -> Mapping[str, float]:
    """Train LAPGAN and DCGAN on 28x28 pictures and return distances and the effects of LAPGAN's details.

    "FD" and "FD at once" (DCGAN) are squared Frechet distances of 500 samples to 500 test pictures of
    `img28`, in features of a classifier of its training pictures; "parameters" and "parameters at once" count
    all nets' parameters. "drift" is the norm of the twice halved samples less the coarse pictures, as a share
    of the latter's; "redrawn" is the standard deviation of a pixel, in [-1, 1], when only the details' noise
    varies. `seed` decides initial weights, data order and noise.
    """
    split = img28()
    classifier, real = train_classifier(split.train), np.asarray(split.test.x[np.arange(SAMPLES)])
    ours = train_in_memory(_ours(), split.train, ROUNDS, seed, batch=BATCH, nets=OURS)
    theirs = train_in_memory(_theirs(), split.train, ROUNDS, seed, batch=BATCH, nets=THEIRS)
    return {
        "FD": frechet_distance(classifier, ours.samples(SAMPLES), real),
        "FD at once": frechet_distance(classifier, theirs.samples(SAMPLES), real),
        "parameters": _parameters(ours),
        "parameters at once": _parameters(theirs),
        **_details(ours),
    }


def _ours() -> Recipe:
    knobs = {f"turns.{n}{k}.optim.lr": rate for k, rate in enumerate(RATES) for n in "DG"}
    averages = {f"averages.G{k}.decay": 0.99 for k in range(3)}
    stages = tuple(replace(stage, share=share) for stage, share in zip(lapgan.stages, SHARES, strict=True))
    return set_knobs(replace(lapgan, stages=stages), {**knobs, **averages})


def _theirs() -> Recipe:
    return set_knobs(dcgan, {"turns.D.optim.lr": 2e-3, "turns.G.optim.lr": 2e-3, "averages.G.decay": 0.99})


@torch.no_grad()
def _details(played: ShortTraining) -> dict[str, float]:
    """Return "drift" and "redrawn" of `trial` for LAPGAN's samples."""
    nets, latent = played.shown, played.recipe.latent
    z, other = (latent.sample(SAMPLES, torch.Generator().manual_seed(k)) for k in (1, 2))
    code = noise_slice(played.space.shape[1:], 2).start
    other[:, code:] = z[:, code:]
    x, redrawn = (played.recipe.sampler(nets, Batch.of(noise)) for noise in (z, other))
    coarse = nets["G0"](z)
    return {
        "drift": _size(downsample(x, 2) - coarse) / _size(coarse),
        "redrawn": (x - redrawn).std().item() / 2**0.5,
    }


def _size(x: Tensor) -> float:
    return float(x.norm())


def _parameters(played: ShortTraining) -> float:
    return float(sum(p.numel() for p in played.nets.parameters()))


claim = Claim(
    says="from coarse to fine beats all at once, and details keep to the coarse picture yet hear their noise",
    data="img28 (enlarged digits where no folder of data is named) at 7, 14 and 28 pixels",
    baseline="a dcgan of as many parameters and rounds",
    trial=trial,
    bounds=(
        AtMost("FD", "FD at once"),
        AtMost("parameters", "parameters at once"),
        AtMost("drift", 0.1),
        AtLeast("redrawn", 0.001),
    ),
    headline="FD",
    baseline_number="FD at once",
    calibrated=(
        "28x28 in place of 28x28 padded to 32x32; a spread of 0.001 in place of any above 0.  A first "
        "setting (300 rounds a level, rates of 2e-4) missed its bounds on seeds 0-2: the coarse level had "
        "hardly begun; now rates are 1e-3 and 2e-3, also the baseline's best, and one hidden layer makes "
        "the coarse picture"
    ),
    note=(
        "the coarse level is to blame: from real coarse pictures the details mostly come to a distance of "
        "10 to 16, from generated ones to 31 to 83, whatever the widths, the code and up to 3000 rounds; "
        "there the details mend what is unlike a digit, so that drift is 0.12 to 0.18, of which the real "
        "ones show 0.08 to 0.12"
    ),
)
