"""The latent direction of a label: the normal of a logistic regression on labelled samples.

Shen et al. 2020, Interpreting the latent space of GANs for semantic face editing, arXiv:1907.10786, section
3.1 (there with a support vector machine): the unit normal of the plane that separates the label from the
rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from sparring.core.errors import BadInput
from sparring.core.latent import Latent
from sparring.core.pixels import to_uint8
from sparring.plots.style import WIDTH, canvas, tiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEST_SHARE = 0.3
"""Share of the samples that are held out from the fit, to test it."""

MIN_SAMPLES = 20
"""Fewest samples with the label, and without it, that a direction can be fitted to."""

Z_95 = 1.96
"""Half-width of a 95 % interval, in standard errors."""


@dataclass(frozen=True, eq=False)
class LatentDirection:
    """A direction in latent space, and how well it separates the label from the rest on held-out samples."""

    unit: Tensor
    """Unit vector towards the label, (d,)."""
    scale: float
    """Standard deviation of the samples' latents along it: 1 for a normal prior, about 0.58 for a uniform."""
    auc: float
    """Share of pairs, one with and one without the label, that the direction orders rightly; 0.5: chance."""
    interval: tuple[float, float]
    """95 % interval of `auc`, by DeLong et al. 1988."""
    with_label: int
    """Samples with the label, fitted and held out."""
    held_out: int
    """Held-out samples."""

    def move(self, latent: Latent, z: Tensor, amounts: ArrayLike) -> Tensor:
        """Return z + a * scale * unit for each z (n, d) and amount a (k,), in standard deviations: (n, k, d).

        The points are projected onto the prior's support.  Under a normal prior, far points lie where it
        has little mass.
        """
        steps = torch.as_tensor(np.asarray(amounts, np.float32))[None, :, None] * self.scale * self.unit
        points = z[:, None] + steps
        return latent.project(points.flatten(0, 1)).view_as(points)


def fit_direction(z: Tensor, labels: ArrayLike, *, seed: int = 0) -> LatentDirection:
    """Fit the latent direction of a label: the unit normal of a logistic regression of labels on latents.

    `z` are latents, (n, d), and `labels`, boolean (n,), tell which have the label; the direction points
    towards these.  Three tenths of the samples, drawn with `seed`, are held out from the fit, and give the
    AUC.  Raises `BadInput` for fewer than 20 samples with or without the label, and for other shapes.
    """
    from sklearn.linear_model import LogisticRegression  # here: its import is slow
    from sklearn.model_selection import train_test_split

    rows, has_label = z.detach().cpu().double().numpy(), np.asarray(labels)
    if rows.ndim != 2 or has_label.shape != (len(rows),):
        raise BadInput(f"latents {rows.shape} and labels {has_label.shape} do not fit; give (n, d) and (n,)")
    has_label = has_label.astype(bool)
    fewest = min(has_label.sum(), (~has_label).sum())
    if fewest < MIN_SAMPLES:
        counts = f"{has_label.sum()} of {len(has_label)} samples have the label"
        raise BadInput(
            f"{counts}; a direction needs at least {MIN_SAMPLES} that have it and {MIN_SAMPLES} that have not"
        )
    fitted, held_out = train_test_split(
        np.arange(len(rows)), test_size=TEST_SHARE, random_state=seed, stratify=has_label
    )
    normal = LogisticRegression(max_iter=1000).fit(rows[fitted], has_label[fitted]).coef_[0]
    unit = normal / np.linalg.norm(normal)
    along = rows @ unit
    auc, low, high = roc_auc(along[held_out], has_label[held_out])
    return LatentDirection(
        torch.from_numpy(unit).float(),
        float(along.std()),
        auc,
        (low, high),
        int(has_label.sum()),
        len(held_out),
    )


def roc_auc(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """Return the area under the ROC curve, and the lower and upper end of its 95 % interval, each in [0, 1].

    `scores` and boolean `labels`, (n,), at least two of either label.  The area is the share of pairs of a
    True and a False row in which the True row has the higher score; ties count half.  The ends are 1.96
    standard errors away.  DeLong, DeLong and Clarke-Pearson 1988, Comparing the areas under two or more
    correlated receiver operating characteristic curves, equations 2 to 6 for one curve.
    """
    positive, negative = scores[labels][:, None], scores[~labels][None]
    above = (positive > negative) + 0.5 * (positive == negative)
    auc = float(above.mean())
    square = above.mean(1).var(ddof=1) / len(positive) + above.mean(0).var(ddof=1) / negative.shape[1]
    return auc, max(0.0, auc - Z_95 * square**0.5), min(1.0, auc + Z_95 * square**0.5)


@torch.no_grad()
def label_samples(
    generator: Callable[[Tensor], Tensor],
    z: Tensor,
    label: Callable[[np.ndarray], np.ndarray],
    at_once: int = 256,
) -> np.ndarray:
    """Return label(G(z)), (n,), for latents `z`, (n, d), computed in batches of `at_once`.

    `label` maps pictures, uint8 (k, h, w, c), to labels (k,); `generator` returns pictures in [-1, 1].
    """
    return np.concatenate([label(to_uint8(generator(part))) for part in torch.split(z, at_once)])


def direction_figure(pictures: np.ndarray, amounts: np.ndarray, shares: np.ndarray, name: str) -> Figure:
    """Draw one row per sample, moved by each amount; titles give the amount and the share with the label.

    `pictures` uint8 (n, k, h, w, c); `amounts` in standard deviations and `shares`, of samples classified as
    `name` after the move, in [0, 1], (k,) each.
    """
    count, steps, height, width, _ = pictures.shape
    figure = canvas(count * (WIDTH / (steps + 0.5) * height / width + 0.1) + 0.9)
    axes = figure.subplots(count, steps, squeeze=False)
    for places, row in zip(axes, pictures, strict=True):
        tiles(places, row)
    for place, amount, share in zip(axes[0], amounts, shares, strict=True):
        place.set_title(f"{amount:+.0f}\n{share:.0%}" if amount else f"0\n{share:.0%}", fontsize=10)
    figure.suptitle(
        f"standard deviations moved towards {name}, and the share then classified as {name}", fontsize=10
    )
    return figure
