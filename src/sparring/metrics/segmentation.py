"""Agreement of class maps: intersection over union."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Ints, histogram


def mean_iou(predicted: ArrayLike, truth: ArrayLike, classes: int) -> float:
    """Return the intersection over union of class maps, in [0, 1], averaged over classes.

    `predicted` and `truth` have one shape and integers in [0, classes).  The pixels of all maps are pooled
    first; per class the value is the number of pixels of the class in both, divided by the number in either.
    A class that occurs in neither is omitted.  Raises `ValueError` for other values and for shapes that
    differ.  Long, Shelhamer and Darrell 2015, arXiv:1411.4038, section 5.

    >>> mean_iou([0, 0, 1, 1], [0, 1, 1, 1], classes=2)  # 1/2 and 2/3
    0.5833...
    """
    confusion = _table(predicted, truth, classes)
    union = _unions(confusion)
    both, either = confusion.diagonal(), union.diagonal()
    return float((both[either > 0] / either[either > 0]).mean())


def permuted_mean_iou(predicted: ArrayLike, truth: ArrayLike, classes: int) -> float:
    """Return the mean intersection over union in [0, 1] under the best permutation of the predicted classes.

    Arguments and errors as for `mean_iou`.  Predicted and true classes are matched one to one, such that the
    sum of the pairs' values is largest; the sum is divided by the larger of the numbers of classes that occur
    in `predicted` and in `truth`.  It is 1 for equal partitions.

    >>> permuted_mean_iou([1, 1, 0, 0], [0, 0, 1, 1], classes=2)
    1.0
    """
    from scipy.optimize import linear_sum_assignment  # here, for it takes long to import

    confusion = _table(predicted, truth, classes)
    share = confusion / np.maximum(_unions(confusion), 1)
    best = share[linear_sum_assignment(share, maximize=True)].sum()
    # As many absent classes as possible are matched with absent ones, so the larger set of classes counts.
    return float(best / max((confusion.sum(1) > 0).sum(), (confusion.sum(0) > 0).sum()))


def _table(predicted: ArrayLike, truth: ArrayLike, classes: int) -> Ints:
    """Return the confusion matrix in pixels: predicted class (rows), true class (columns)."""
    p, t = np.asarray(predicted), np.asarray(truth)
    if p.shape != t.shape:
        raise ValueError(f"predicted {p.shape} and truth {t.shape} must be of one shape")
    histogram(p.reshape(-1), classes, "predicted")
    histogram(t.reshape(-1), classes, "truth")
    pairs = p.reshape(-1).astype(np.int64) * classes + t.reshape(-1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes).astype(np.int64)


def _unions(confusion: Ints) -> Ints:
    unions: Ints = confusion.sum(1, keepdims=True) + confusion.sum(0, keepdims=True) - confusion
    return unions
