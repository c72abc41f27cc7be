import itertools

import numpy as np
import pytest
import torch
from sklearn.metrics import jaccard_score

from sparring.metrics.segmentation import mean_iou, permuted_mean_iou

DRAW = np.random.default_rng(0)


def test_mean_iou_is_scikit_learns_mean_jaccard():
    truth = DRAW.integers(4, size=(3, 6, 5))
    predicted = np.where(DRAW.random(truth.shape) < 0.4, 1, truth)
    expected = jaccard_score(truth.ravel(), predicted.ravel(), average="macro")
    assert mean_iou(torch.as_tensor(predicted), truth, 4) == pytest.approx(expected)
    assert mean_iou(predicted, truth, 9) == pytest.approx(expected)  # classes in neither are left out


def test_mean_iou_by_hand():
    assert mean_iou([[0, 0], [1, 1]], [[0, 0], [0, 1]], 2) == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert mean_iou([0, 0], [1, 1], 3) == 0
    assert mean_iou([0, 0, 2], [0, 0, 0], 3) == pytest.approx((2 / 3 + 0) / 2)


def test_a_renamed_partition_is_perfect_when_permuted():
    truth = DRAW.integers(5, size=(4, 8))
    renamed = np.array([3, 0, 4, 1, 2])[truth]
    assert mean_iou(renamed, truth, 5) < 0.1
    assert permuted_mean_iou(renamed, truth, 5) == pytest.approx(1)
    few = truth % 2
    assert permuted_mean_iou(few + 3, few, 5) == pytest.approx(1)  # neither has the other's classes


@pytest.mark.parametrize("seed", range(6))
def test_the_permutation_is_the_best_of_all(seed):
    draw = np.random.default_rng(seed)
    predicted, truth = draw.integers(1 + seed % 4, size=12), draw.integers(4, size=12)
    best = max(mean_iou(np.array(p)[predicted], truth, 4) for p in itertools.permutations(range(4)))
    assert permuted_mean_iou(predicted, truth, 4) == pytest.approx(best)


def test_the_permutation_is_chosen_by_iou_and_not_by_pixels():
    predicted, truth = np.array([[0, 0, 1, 2, 0, 0, 1, 0], [0, 0, 0, 0, 1, 1, 1, 2]])
    # The renaming that agrees in most pixels has 0.179.
    best = max(mean_iou(np.array(p)[predicted], truth, 3) for p in itertools.permutations(range(3)))
    assert permuted_mean_iou(predicted, truth, 3) == pytest.approx(best) == pytest.approx(0.7 / 3)


def test_maps_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="of one shape"):
        mean_iou(np.zeros((2, 2), int), np.zeros((2, 3), int), 2)
    with pytest.raises(ValueError, match=r"truth must lie in \[0, 2\)"):
        mean_iou([0, 1], [0, 2], 2)
    with pytest.raises(ValueError, match="whole numbers"):
        permuted_mean_iou([0.5, 1], [0, 1], 2)
