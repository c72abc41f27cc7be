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
    """Rows of the latents, (k,) each."""
    data: tuple[Floats, Floats]
    """Features, (l, m) each."""

    def sensitivity(self, features: Floats) -> float:
        """Return `latent_sensitivity` of the features of the fixed latents' samples, (n, m)."""
        first, second = self.made
        return latent_sensitivity(features[first], features[second], *self.data)


def condition_pairs(
    latent: Latent, z: Tensor, features: Floats, y: np.ndarray | None
) -> ConditionPairs | None:
    """Return the pairs of latents `z` (n, size) and of data with `features` (m, d) and labels `y` (m,).

    None where the latent has no label, the data have none, or there is no pair of different data.
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
