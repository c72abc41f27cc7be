import numpy as np
import pytest
import torch
from sklearn.metrics import mutual_info_score

from sparring.metrics import classifier
from sparring.metrics.labels import (
    label_entropy,
    linear_probe,
    matched_accuracy,
    mutual_information,
    nearest_accuracy,
    tstr,
)

DRAW = np.random.default_rng(0)
TRUTH = DRAW.integers(4, size=400)


def blobs(n, seed, apart=6.0):
    draw = np.random.default_rng(seed)
    y = draw.integers(3, size=n)
    x = draw.standard_normal((n, 4))
    x[:, 0] += apart * (y == 1)
    x[:, 1] += apart * (y == 2)
    return x, y


def test_matching_forgets_the_names():
    renamed = np.array([17, -3, 5, 0])[TRUTH]
    assert matched_accuracy(torch.as_tensor(renamed), TRUTH) == 1
    wrong = renamed.copy()
    wrong[:40] = 99  # a fifth group, for which no class is left
    assert matched_accuracy(wrong, TRUTH) == 0.9


def test_a_group_has_one_name_and_a_class_one_group():
    assert matched_accuracy([0] * 4, [0, 1, 2, 3]) == 0.25  # not 1: all in one group says nothing
    assert matched_accuracy([0, 1, 2, 3], [0] * 4) == 0.25
    # The largest cell first would take (0, 0) and leave (1, 1): 3 + 0; the best is 2 + 2.
    assert matched_accuracy([0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0, 0]) == pytest.approx(4 / 7)


def test_mutual_information_is_scikit_learns():
    noisy = np.where(DRAW.random(400) < 0.3, DRAW.integers(4, size=400), TRUTH)
    assert mutual_information(noisy, TRUTH) == pytest.approx(mutual_info_score(noisy, TRUTH))


def test_mutual_information_at_its_ends():
    even = np.repeat(np.arange(4), 25)
    assert mutual_information(even, 3 - even) == pytest.approx(np.log(4))
    assert mutual_information(even, np.tile(np.arange(5), 20)) == pytest.approx(0, abs=1e-12)


def test_entropy_of_labels():
    assert label_entropy(np.repeat(np.arange(4), 5), 4) == pytest.approx(np.log(4))
    assert label_entropy(np.repeat(np.arange(4), 5), 10) == pytest.approx(np.log(4))
    assert label_entropy([2, 2, 2], 4) == 0
    assert label_entropy([0, 0, 0, 1], 2) == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    with pytest.raises(ValueError, match=r"\[0, 4\)"):
        label_entropy([0, 4], 4)


def test_a_probe_reads_what_is_linear_at_any_scale():
    (x, y), (test_x, test_y) = blobs(300, 1), blobs(300, 2)
    scale = np.array([1e-4, 1e4, 1, 1])
    assert linear_probe(x * scale, y, test_x * scale, test_y) > 0.97
    assert linear_probe(x[:, 2:], y, test_x[:, 2:], test_y) < 0.5  # the blobs differ in the first two alone
    folded = np.abs(x[:, :1] - 3)  # not linear in the class
    assert linear_probe(folded, y == 1, np.abs(test_x[:, :1] - 3), test_y == 1) < 0.8


def test_the_nearest_row_lends_its_label():
    assert nearest_accuracy([[0.0], [10.0]], [4, 7], [[1.0], [6.0], [4.0]], [4, 7, 7]) == pytest.approx(2 / 3)
    (x, y), (test_x, test_y) = blobs(300, 1), blobs(300, 2)
    assert nearest_accuracy(x.reshape(-1, 2, 2), y, test_x.reshape(-1, 2, 2), test_y) > 0.95


def test_training_on_fakes_is_as_good_as_the_fakes_labels(monkeypatch):
    monkeypatch.setattr(classifier, "UPDATES", 200)
    (fake, y), (real, truth) = blobs(300, 1), blobs(300, 2)
    assert tstr(fake, y, real, truth) > 0.95
    assert tstr(fake, (y + 1) % 3, real, truth) < 0.05
    two = y < 2  # what fakes do not show is not learnt; taught by the real ones, it would be near 1
    assert tstr(fake[two], y[two], real, truth) == pytest.approx((truth < 2).mean(), abs=0.03)
    assert tstr(fake, np.full(300, 2), real, truth) == pytest.approx((truth == 2).mean())


def test_shapes_that_do_not_fit_are_refused():
    x, y = blobs(30, 1)
    for score in (linear_probe, nearest_accuracy):
        with pytest.raises(ValueError, match="must agree"):
            score(x, y, x[:, :2], y)
        with pytest.raises(ValueError, match="test_y must hold 30 labels"):
            score(x, y, x, y[1:])
    with pytest.raises(ValueError, match="real_y must hold 30 labels"):
        tstr(x, y, x, y[1:])
    for score in (matched_accuracy, mutual_information):
        with pytest.raises(ValueError, match="must hold 30 labels"):
            score(y, y[1:])
