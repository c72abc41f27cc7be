"""Metrics of labels and of features with labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.classifier import train_on_arrays
from sparring.metrics.rows import Floats, Ints, histogram, labels, matching_rows


def matched_accuracy(assigned: ArrayLike, truth: ArrayLike) -> float:
    """Return the clustering accuracy in [0, 1] of `assigned` (n,) under the best one-to-one map to classes.

    `assigned` has the groups of n samples, any integers, and `truth` (n,) their classes.  The map from groups
    to classes is the one with the most samples whose group is mapped to their class; the accuracy is the
    share of these.  If there are more groups than classes, all members of unmapped groups are wrong.  For k
    random groups the value is slightly above 1/k, since the map is chosen on the same data.

    >>> matched_accuracy([5, 5, 7, 7], [0, 0, 1, 1])
    1.0
    """
    from scipy.optimize import linear_sum_assignment  # here, for it takes long to import

    table = _table(assigned, truth)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / table.sum())


def mutual_information(a: ArrayLike, b: ArrayLike) -> float:
    """Return the mutual information I(a; b) in nats of the empirical table of labels `a` (n,) and `b` (n,).

    Independent labels with j and k values give about (j - 1)(k - 1) / 2n.

    >>> round(mutual_information([0, 0, 1, 1], [1, 1, 0, 0]), 4)  # log 2
    0.6931
    """
    joint = _table(a, b) / len(np.asarray(a))
    product = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    positive = joint > 0
    return max(0.0, float((joint[positive] * np.log(joint[positive] / product[positive])).sum()))


def label_entropy(y: ArrayLike, classes: int) -> float:
    """Return the entropy in nats of the class frequencies of `y` (n,), from 0 to log `classes`.

    >>> round(label_entropy([0, 1, 0, 1], classes=2), 4)  # log 2
    0.6931
    """
    counts = histogram(y, classes, "y")
    share = counts[counts > 0] / counts.sum()
    return max(0.0, float(-(share * np.log(share)).sum()))


def linear_probe(features: ArrayLike, y: ArrayLike, test_features: ArrayLike, test_y: ArrayLike) -> float:
    """Return the test accuracy in [0, 1] of a logistic regression from features to labels.

    It is fitted to `features` (n, ...) with labels `y`, integers (n,), and tested on `test_features` (m, ...)
    with `test_y` (m,).  Both sets of features are standardised by mean and standard deviation of the training
    set.  The objective is the sum of the cross-entropies plus |w|^2 / 2; the fit needs no seed.

    >>> linear_probe([[-1.0], [-2.0], [1.0], [2.0]], [0, 0, 1, 1], [[-3.0], [3.0]], [0, 1])
    1.0
    """
    from sklearn.linear_model import LogisticRegression  # here, for it takes long to import
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_x, train_y, test_x, truth = _labelled(features, y, test_features, test_y)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(train_x, train_y)
    return float((model.predict(test_x) == truth).mean())


def nearest_accuracy(features: ArrayLike, y: ArrayLike, test_features: ArrayLike, test_y: ArrayLike) -> float:
    """Return the test accuracy in [0, 1] of classification by the nearest neighbour, in Euclidean distance.

    Each row of `test_features` (m, ...) gets the label, in `y` (n,), of the nearest row of `features` (n,
    ...); `test_y` (m,) are the true labels.

    >>> nearest_accuracy([[0.0], [1.0]], [0, 1], [[0.1], [0.9]], [0, 1])
    1.0
    """
    from sklearn.neighbors import KNeighborsClassifier  # here, for it takes long to import

    train_x, train_y, test_x, truth = _labelled(features, y, test_features, test_y)
    nearest = KNeighborsClassifier(1, algorithm="brute").fit(train_x, train_y)
    return float((nearest.predict(test_x) == truth).mean())


def tstr(fake_x: ArrayLike, fake_y: ArrayLike, real_x: ArrayLike, real_y: ArrayLike, seed: int = 0) -> float:
    """Return the accuracy in [0, 1] on real data of a classifier that is trained on fakes.

    This is called "train on synthetic, test on real".  `fake_x` (n, ...) and `real_x` (m, ...) are pictures
    as `classifier.pictures` takes them, `fake_y` (n,) and `real_y` (m,) their labels, integers.  `seed` is
    that of the classifier.  If all fakes have the same label, it is predicted for all real data.

    >>> x = np.array([[-1.0, 0.0], [1.0, 0.0]] * 100)
    >>> y = np.array([0, 1] * 100)
    >>> tstr(x, y, x, y)
    1.0
    """
    truth = labels(real_y, "real_y", len(np.asarray(real_x)))
    y = labels(fake_y, "fake_y", len(np.asarray(fake_x)))
    classes = np.unique(y)
    if len(classes) == 1:
        return float((truth == classes[0]).mean())
    return train_on_arrays(fake_x, y, seed).accuracy(real_x, truth)


def _table(a: ArrayLike, b: ArrayLike) -> Ints:
    """Return the contingency table of `a` and `b`."""
    first = labels(a, "the first labels")
    _, i = np.unique(first, return_inverse=True)
    _, j = np.unique(labels(b, "the second labels", len(first)), return_inverse=True)
    table = np.zeros((i.max() + 1, j.max() + 1), np.int64)
    np.add.at(table, (i, j), 1)
    return table


def _labelled(
    x: ArrayLike, y: ArrayLike, test_x: ArrayLike, test_y: ArrayLike
) -> tuple[Floats, Ints, Floats, Ints]:
    train, test = matching_rows(x, test_x, ("features", "test_features"))
    return train, labels(y, "y", len(train)), test, labels(test_y, "test_y", len(test))
