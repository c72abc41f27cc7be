"""Which way in latent space a label lies: the slope of a logistic regression on labelled samples.

Shen et al. 2020, Interpreting the latent space of GANs for semantic face editing, arXiv:1907.10786, section
3.1 (there with a support vector machine): the unit normal of the plane that parts the label from the rest.
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
from sparring.data.pixels import to_uint8
from sparring.plots.style import WIDTH, canvas, tiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ASIDE = 0.3
"""Share of the samples that the fit does not see and is judged by."""

FEWEST = 20
"""Samples with the label, and without it, that a direction is fitted to at least."""

WIDE = 1.96
"""Standard errors on either side of a 95 % interval."""


@dataclass(frozen=True, eq=False)
class Direction:
    """A way in latent space, and how well it tells the label from the rest on samples kept aside."""

    unit: Tensor
    """Towards the label, (d,), of length 1."""
    scale: float
    """Standard deviation of the samples' latents along it: 1 for a normal prior, about 0.58 for a uniform."""
    auc: float
    """Share of pairs, one with the label and one without, that the way puts in order: 0.5 is chance."""
    interval: tuple[float, float]
    """Its 95 % interval by DeLong et al. 1988."""
    labelled: int
    """Samples with the label, of those fitted and those kept aside."""
    aside: int
    """Samples kept aside."""

    def moved(self, latent: Latent, z: Tensor, amounts: ArrayLike) -> Tensor:
        """z + a * scale * unit for each z (n, d) and amount a (k,), in standard deviations: (n, k, d).

        The points are projected on the prior's support; under a normal prior far ones lie where it has
        little mass.
        """
        way = torch.as_tensor(np.asarray(amounts, np.float32))[None, :, None] * self.scale * self.unit
        points = z[:, None] + way
        return latent.project(points.flatten(0, 1)).view_as(points)


def direction(z: Tensor, labels: ArrayLike, *, seed: int = 0) -> Direction:
    """The way from latents `z` (n, d) without a label to those with it; `labels` (n,) are true or false.

    Three tenths of the samples, drawn by `seed`, are kept aside.  Raises `BadInput` where there are fewer
    than 20 samples of either kind, or not as many labels as latents.
    """
    from sklearn.linear_model import LogisticRegression  # here, for it takes long to import
    from sklearn.model_selection import train_test_split

    rows, found = z.detach().cpu().double().numpy(), np.asarray(labels)
    if rows.ndim != 2 or found.shape != (len(rows),):
        raise BadInput(f"latents {rows.shape} and labels {found.shape} do not fit; give (n, d) and (n,)")
    found = found.astype(bool)
    few = min(found.sum(), (~found).sum())
    if few < FEWEST:
        kinds = f"{found.sum()} of {len(found)} samples have the label"
        raise BadInput(
            f"{kinds}; a direction needs at least {FEWEST} that have it and {FEWEST} that have not"
        )
    seen, aside = train_test_split(np.arange(len(rows)), test_size=ASIDE, random_state=seed, stratify=found)
    slope = LogisticRegression(max_iter=1000).fit(rows[seen], found[seen]).coef_[0]
    unit = slope / np.linalg.norm(slope)
    along = rows @ unit
    auc, low, high = area(along[aside], found[aside])
    return Direction(
        torch.from_numpy(unit).float(), float(along.std()), auc, (low, high), int(found.sum()), len(aside)
    )


def area(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """The area under the ROC curve and the ends of its 95 % interval, of scores (n,) and true or false (n,).

    DeLong, DeLong and Clarke-Pearson 1988, Comparing the areas under two or more correlated receiver
    operating characteristic curves, equations 2 to 6 for one curve.
    """
    with_it, without = scores[labels][:, None], scores[~labels][None]
    above = (with_it > without) + 0.5 * (with_it == without)
    auc = float(above.mean())
    square = above.mean(1).var(ddof=1) / len(with_it) + above.mean(0).var(ddof=1) / without.shape[1]
    return auc, max(0.0, auc - WIDE * square**0.5), min(1.0, auc + WIDE * square**0.5)


@torch.no_grad()
def labelled(
    generator: Callable[[Tensor], Tensor],
    z: Tensor,
    label: Callable[[np.ndarray], np.ndarray],
    at_once: int = 256,
) -> np.ndarray:
    """What `label` says, (k,) each, of the pictures, uint8 (k, h, w, c), that latents (n, d) become: (n,)."""
    return np.concatenate([label(to_uint8(generator(part))) for part in torch.split(z, at_once)])


def direction_figure(pictures: np.ndarray, amounts: np.ndarray, shares: np.ndarray, name: str) -> Figure:
    """A sample a row, moved by each amount; above, the amount and the share that then has the label.

    `pictures` uint8 (n, k, h, w, c), `amounts` in standard deviations and `shares` in [0, 1], (k,) each.
    """
    count, steps, height, width, _ = pictures.shape
    figure = canvas(count * (WIDTH / (steps + 0.5) * height / width + 0.1) + 0.9)
    axes = figure.subplots(count, steps, squeeze=False)
    for places, row in zip(axes, pictures, strict=True):
        tiles(places, row)
    for place, amount, share in zip(axes[0], amounts, shares, strict=True):
        place.set_title(f"{amount:+.0f}\n{share:.0%}" if amount else f"0\n{share:.0%}", fontsize=10)
    figure.suptitle(
        f"standard deviations moved towards {name}, and the share that then reads {name}", fontsize=10
    )
    return figure
