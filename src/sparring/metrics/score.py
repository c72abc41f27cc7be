"""How sure a classifier is of each sample, and how many classes it sees in all."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.rows import Floats, rows

SPLITS = 10
"""Parts that the score is a mean over, as in the paper."""


def class_scores(probabilities: ArrayLike, splits: int = SPLITS) -> Floats:
    """exp(E KL(p(y|x) || p(y))) of each of `splits` consecutive parts, (splits,), from 1 to the classes.

    `probabilities` (n, k), rows that add up to one; at least one a part, else `ValueError`.  p(y) is the
    mean over the part, wherefore small parts score lower.  With Inception's classes it is the Inception
    score; with other classes it is not comparable with it.  Salimans et al. 2016, arXiv:1606.03498,
    section 4.
    """
    from scipy.special import rel_entr  # here, for it takes long to import

    found = rows(probabilities, "probabilities")
    if not 0 < splits <= len(found):
        raise ValueError(f"{splits} splits need at least as many rows, not {len(found)}")
    parts = np.array_split(found, splits)
    return np.array([np.exp(rel_entr(part, part.mean(0)).sum(1).mean()) for part in parts])
