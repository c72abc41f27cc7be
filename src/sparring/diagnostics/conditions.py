"""Pairs of one condition: two samples of one label, against two data of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from sparring.core.labels import labels_of
from sparring.core.latent import Latent
from sparring.diagnostics.collapse import latent_sensitivity
from sparring.metrics.rows import Floats, Ints


@dataclass(frozen=True, eq=False)
class Pairs:
    """Which fixed latents ask for one label, two and two, and features of as many data as have one."""

    made: tuple[Ints, Ints]
    """Rows of the latents, (k,) each."""
    data: tuple[Floats, Floats]
    """Features, (l, m) each."""

    def sensitivity(self, found: Floats) -> float:
        """`latent_sensitivity` of the features of the fixed latents' samples, (n, m)."""
        one, other = self.made
        return latent_sensitivity(found[one], found[other], *self.data)


def pairs(latent: Latent, z: Tensor, seen: Floats, y: np.ndarray | None) -> Pairs | None:
    """The pairs of latents `z` (n, size) and of data with features `seen` (m, d) and labels `y` (m,).

    None where the prior asks for no label, the data have none, or there is no such pair, or none apart.
    """
    labels = labels_of(latent, z)
    if labels is None or y is None:
        return None
    made, (one, other) = _neighbours(labels.cpu().numpy()), _neighbours(y)
    if not (len(made[0]) and (seen[one] != seen[other]).any()):
        return None
    return Pairs(made, (seen[one], seen[other]))


def _neighbours(y: np.ndarray) -> tuple[Ints, Ints]:
    """Rows of equal label, each with the next of that label, (k,) each; rows labelled -1 are left out."""
    order = np.argsort(y, kind="stable").astype(np.int64)
    order = order[y[order] >= 0]
    same = y[order[:-1]] == y[order[1:]]
    return order[:-1][same], order[1:][same]
