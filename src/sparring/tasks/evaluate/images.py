"""Metrics of generated pictures against real ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np

from sparring.metrics.diversity import ms_ssim, scales
from sparring.metrics.kernel import kernel_distance, kernel_jackknife
from sparring.metrics.memorisation import CLOSE, copies
from sparring.metrics.moments import RowMoments, frechet_moments, merge, moments
from sparring.metrics.neighbours import density_coverage, precision_recall
from sparring.metrics.resampling import Estimate, bootstrap, jackknife, split_into_groups, split_mean
from sparring.metrics.rows import Floats
from sparring.metrics.score import SPLITS, class_scores
from sparring.tasks.evaluate.report import Metric
from sparring.tasks.evaluate.sample import PictureSample

HALVINGS = 4
"""Random splits of the reference into halves, over which the values of real data are averaged."""

FLOOR = f"two disjoint halves of the reference against each other, the mean over {HALVINGS} random halvings"

DESCRIPTIONS = {
    "frechet": ("low", "Frechet distance of Gaussians fitted to features (Heusel 2017); falls as n grows"),
    "kernel": ("low", "kernel distance of features, cubic, unbiased, all pairs (Binkowski 2018)"),
    "precision": ("high", "fakes inside the data's 3-neighbour balls (Kynkaanniemi 2019)"),
    "recall": ("high", "data inside the fakes' 3-neighbour balls (Kynkaanniemi 2019)"),
    "density": ("as real", "the data's 5-neighbour balls about a fake, over 5 (Naeem 2020)"),
    "coverage": ("high", "data whose 5-neighbour ball holds a fake (Naeem 2020)"),
    "score": ("as real", f"class score of fakes alone, {SPLITS} splits (Salimans 2016); by these features"),
    "ms_ssim": (
        "as real",
        "similarity of random pairs of fakes, at {scales} of 5 scales (Odena 2016, Wang 2003)",
    ),
    "copies": (
        "low",
        f"fakes nearer to a training picture than {CLOSE:.0%} of held-out ones are, in at most 32x32 pixels",
    ),
}


def picture_metrics(fake: PictureSample, real: PictureSample, unseen: bool, seed: int) -> dict[str, Metric]:
    """Return every metric that these samples allow, by name, with interval and its value on real data.

    The names are "frechet", "kernel", "precision", "recall", "density", "coverage" and "ms_ssim"; "score"
    where the samples have class probabilities; and "copies" where the reference `real` is `unseen` in
    training.  `seed` draws the bootstrap and the halves of real data.
    """
    estimates = {name: bootstrap(values, seed) for name, values in _per_picture(fake, real, unseen).items()}
    if fake.probabilities is not None:
        estimates["score"] = split_mean(class_scores(fake.probabilities))
    estimates |= {"frechet": _frechet(fake, real), "kernel": _kernel(fake, real)}
    floors, halves = _floors(real, unseen, seed), len(real) // 2
    descriptions = {
        name: (better, says) for name, (better, says) in DESCRIPTIONS.items() if name in estimates
    }
    size = scales(*real.pictures.shape[1:3])
    return {
        name: Metric(estimates[name], floors[name], halves, better, says.format(scales=size))
        for name, (better, says) in descriptions.items()
    }


def _per_picture(fake: PictureSample, real: PictureSample, unseen: bool) -> dict[str, Floats]:
    """Return, by name, the metrics that are means over pictures or pairs, before averaging."""
    inside, reached = precision_recall(real.features, fake.features)
    dense, covered = density_coverage(real.features, fake.features)
    pairs = len(fake.pictures) // 2
    alike = ms_ssim(fake.pictures[:pairs], fake.pictures[pairs : 2 * pairs])
    values = {"precision": inside, "recall": reached, "density": dense, "coverage": covered, "ms_ssim": alike}
    return values | ({"copies": copies(fake.distances[:, 0], real.distances[:, 0])} if unseen else {})


def _floors(real: PictureSample, unseen: bool, seed: int) -> Mapping[str, float]:
    """Return the metrics between halves of real data."""
    rows: list[dict[str, float]] = []
    for halving in range(HALVINGS):
        order, half = np.random.default_rng([seed, halving]).permutation(len(real)), len(real) // 2
        first, second = real.part(order[:half]), real.part(order[half : 2 * half])
        row = {name: float(values.mean()) for name, values in _per_picture(first, second, unseen).items()}
        if first.probabilities is not None:
            row["score"] = float(class_scores(first.probabilities).mean())
        row["frechet"] = frechet_moments(moments([first.features]), moments([second.features]))
        row["kernel"] = kernel_distance(first.features, second.features)
        rows.append(row)
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _frechet(fake: PictureSample, real: PictureSample) -> Estimate:
    sides = [[moments([group]) for group in split_into_groups(sample.features)] for sample in (fake, real)]

    def without(g: int | None) -> float:
        return frechet_moments(*(_merge(side, g) for side in sides))

    estimate = jackknife(without(None), [without(g) for g in range(len(sides[0]))])
    return Estimate(estimate.value, max(0.0, estimate.low), estimate.high, estimate.method)


def _merge(groups: list[RowMoments], left_out: int | None) -> RowMoments:
    return reduce(merge, [group for g, group in enumerate(groups) if g != left_out])


def _kernel(fake: PictureSample, real: PictureSample) -> Estimate:
    fakes, reals = fake.features, real.features
    return jackknife(kernel_distance(fakes, reals), kernel_jackknife(fakes, reals))
