"""How well maps of classes agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Ints, histogram


def mean_iou(predicted: ArrayLike, truth: ArrayLike, classes: int) -> float:
    """Intersection over union of class maps of one shape, in [0, 1], averaged over classes.

    All pixels of all maps are pooled first; a class in neither is left out.  Values lie in [0, classes):
    `ValueError` otherwise.  Long, Shelhamer and Darrell 2015, arXiv:1411.4038, section 5.
    """
    met = _table(predicted, truth, classes)
    union = _unions(met)
    both, either = met.diagonal(), union.diagonal()
    return float((both[either > 0] / either[either > 0]).mean())


def permuted_mean_iou(predicted: ArrayLike, truth: ArrayLike, classes: int) -> float:
    """`mean_iou` under the best renaming of the predicted classes: an equal partition is 1."""
    from scipy.optimize import linear_sum_assignment  # here, for it takes long to import

    met = _table(predicted, truth, classes)
    share = met / np.maximum(_unions(met), 1)
    best = share[linear_sum_assignment(share, maximize=True)].sum()
    # An absent class matches an absent one as often as can be, so that the larger set of classes counts.
    return float(best / max((met.sum(1) > 0).sum(), (met.sum(0) > 0).sum()))


def _table(predicted: ArrayLike, truth: ArrayLike, classes: int) -> Ints:
    """Pixels of each predicted class (rows) that are of each true one (columns), (classes, classes)."""
    one, other = np.asarray(predicted), np.asarray(truth)
    if one.shape != other.shape:
        raise ValueError(f"predicted {one.shape} and truth {other.shape} must be of one shape")
    histogram(one.reshape(-1), classes, "predicted")
    histogram(other.reshape(-1), classes, "truth")
    pairs = one.reshape(-1).astype(np.int64) * classes + other.reshape(-1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def _unions(met: Ints) -> Ints:
    unions: Ints = met.sum(1, keepdims=True) + met.sum(0, keepdims=True) - met
    return unions
