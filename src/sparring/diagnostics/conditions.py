"""Pairs with equal conditions: two samples of one label, compared with two data of one label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from sparring.core.labels import latent_labels
from sparring.core.latent import Latent
from sparring.diagnostics.collapse import latent_sensitivity
from sparring.metrics.rows import Floats, Ints


@dataclass(frozen=True, eq=False)
class ConditionPairs:
    """Pairs of fixed latents with one label, and features of pairs of data with one label."""

    made: tuple[Ints, Ints]
    """Row numbers of the latents, (k,) each: pair i is rows made[0][i] and made[1][i]."""
    data: tuple[Floats, Floats]
    """Features, (l, m) each: pair i is row i of both."""

    def sensitivity(self, features: Floats) -> float:
        """Return the mean distance of the samples of a pair over the mean distance of the data of a pair.

        `features` (n, m) are those of the samples of all n fixed latents, in their order.
        """
        first, second = self.made
        return latent_sensitivity(features[first], features[second], *self.data)


def condition_pairs(
    latent: Latent, z: Tensor, features: Floats, y: np.ndarray | None
) -> ConditionPairs | None:
    """Return pairs of latents with one label and pairs of data with one label.

    `z` (n, size) are the latents, `features` (m, d) and `y` (m,) the features and the labels of the data.
    Each row is paired with the next row of its label; data labelled -1 are left out. None where `latent` is
    not `Labels`, `y` is None, no two latents share a label, or no pair of data differs.
    """
    labels = latent_labels(latent, z)
    if labels is None or y is None:
        return None
    made, (first, second) = _neighbours(labels.cpu().numpy()), _neighbours(y)
    if not (len(made[0]) and (features[first] != features[second]).any()):
        return None
    return ConditionPairs(made, (features[first], features[second]))


def _neighbours(y: np.ndarray) -> tuple[Ints, Ints]:
    """Return rows paired with the next row of equal label, (k,) each; rows labelled -1 are left out."""
    order = np.argsort(y, kind="stable").astype(np.int64)
    order = order[y[order] >= 0]
    same = y[order[:-1]] == y[order[1:]]
    return order[:-1][same], order[1:][same]
