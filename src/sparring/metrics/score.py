"""The Inception score, and its equivalent for other classifiers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, rows

SPLITS = 10
"""Number of parts over which the score is averaged, as in the paper."""


def class_scores(probabilities: ArrayLike, splits: int = SPLITS) -> Floats:
    """Return exp(E KL(p(y|x) || p(y))) of each of `splits` consecutive parts, (splits,), in [1, k].

    `probabilities` (n, k) are rows of sum 1, at least one per part, else `ValueError`.  p(y) is the mean over
    the part, so that small parts score lower.  With Inception's classes it is the Inception score; with other
    classes it is not comparable with it.  Salimans et al. 2016, arXiv:1606.03498, section 4.

    >>> class_scores([[1.0, 0.0], [0.0, 1.0]], splits=1)  # sure of every sample, both classes: at best
    array([2.])
    """
    from scipy.special import rel_entr  # here, for it takes long to import

    p = rows(probabilities, "probabilities")
    if not 0 < splits <= len(p):
        raise ValueError(f"{splits} splits need at least as many rows, not {len(p)}")
    parts = np.array_split(p, splits)
    return np.array([np.exp(rel_entr(part, part.mean(0)).sum(1).mean()) for part in parts])
