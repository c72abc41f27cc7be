"""What labels and features know of classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sparring.metrics.classifier import taught
from sparring.metrics.rows import Floats, Ints, alike, histogram, labels


def matched_accuracy(assigned: ArrayLike, truth: ArrayLike) -> float:
    """Accuracy in [0, 1] of groups `assigned` (n,) under the best one-to-one naming of groups by classes.

    Groups are any whole numbers; where there are more groups than classes, those left nameless are wrong
    throughout.  With k groups of chance it is a little above 1/k, for the naming is chosen on the same data.
    """
    from scipy.optimize import linear_sum_assignment  # here, for it takes long to import

    table = _table(assigned, truth)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / table.sum())


def mutual_information(a: ArrayLike, b: ArrayLike) -> float:
    """I(a; b) in nats of the empirical table of labels `a` (n,) and `b` (n,).

    Independent labels of j and k values still give about (j - 1)(k - 1) / 2n.
    """
    joint = _table(a, b) / len(np.asarray(a))
    product = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    there = joint > 0
    return max(0.0, float((joint[there] * np.log(joint[there] / product[there])).sum()))


def label_entropy(y: ArrayLike, classes: int) -> float:
    """Entropy in nats of the shares of classes among `y` (n,): from 0, all of one, to log `classes`."""
    counts = histogram(y, classes, "y")
    share = counts[counts > 0] / counts.sum()
    return max(0.0, float(-(share * np.log(share)).sum()))


def probe(features: ArrayLike, y: ArrayLike, test_features: ArrayLike, test_y: ArrayLike) -> float:
    """Test accuracy in [0, 1] of a logistic regression on frozen features (n, ...).

    Both sets are standardised by the first.  The penalty is |w|^2 / 2 against the sum of the cross-entropies;
    the fit is exact, without a seed.
    """
    from sklearn.linear_model import LogisticRegression  # here, for it takes long to import
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_x, train_y, test_x, truth = _labelled(features, y, test_features, test_y)
    fitted = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(train_x, train_y)
    return float((fitted.predict(test_x) == truth).mean())


def nearest_accuracy(features: ArrayLike, y: ArrayLike, test_features: ArrayLike, test_y: ArrayLike) -> float:
    """Test accuracy in [0, 1] of the label of the nearest row of `features` (n, ...), Euclidean, unscaled."""
    from sklearn.neighbors import KNeighborsClassifier  # here, for it takes long to import

    train_x, train_y, test_x, truth = _labelled(features, y, test_features, test_y)
    nearest = KNeighborsClassifier(1, algorithm="brute").fit(train_x, train_y)
    return float((nearest.predict(test_x) == truth).mean())


def tstr(fake_x: ArrayLike, fake_y: ArrayLike, real_x: ArrayLike, real_y: ArrayLike, seed: int = 0) -> float:
    """Train on synthetic, test on real: accuracy in [0, 1] on real data of a judge taught by fakes.

    Pictures as `classifier.pictures` takes them.  Fakes of one class alone teach that class and no other.
    """
    truth = labels(real_y, "real_y", len(np.asarray(real_x)))
    found = labels(fake_y, "fake_y", len(np.asarray(fake_x)))
    only = np.unique(found)
    if len(only) == 1:
        return float((truth == only[0]).mean())
    return taught(fake_x, found, seed).accuracy(real_x, truth)


def _table(a: ArrayLike, b: ArrayLike) -> Ints:
    """How often each value of `a` meets each of `b`."""
    one = labels(a, "the first labels")
    _, i = np.unique(one, return_inverse=True)
    _, j = np.unique(labels(b, "the second labels", len(one)), return_inverse=True)
    table = np.zeros((i.max() + 1, j.max() + 1), np.int64)
    np.add.at(table, (i, j), 1)
    return table


def _labelled(
    x: ArrayLike, y: ArrayLike, test_x: ArrayLike, test_y: ArrayLike
) -> tuple[Floats, Ints, Floats, Ints]:
    train, test = alike(x, test_x, ("features", "test_features"))
    return train, labels(y, "y", len(train)), test, labels(test_y, "test_y", len(test))
