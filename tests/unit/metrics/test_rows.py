import numpy as np
import pytest
import torch

from sparring.metrics.rows import histogram, labels, matching_rows, rows


def test_pictures_are_laid_flat_and_numbers_become_rows_of_one():
    pictures = torch.arange(24.0).reshape(2, 3, 2, 2)
    assert rows(pictures, "x").dtype == np.float64
    np.testing.assert_array_equal(rows(pictures, "x"), np.arange(24.0).reshape(2, 12))
    assert rows([1, 2, 3], "x").shape == (3, 1)


@pytest.mark.parametrize(
    "x", [np.zeros((0, 2)), np.zeros((3, 0)), 1.0], ids=["no rows", "no columns", "a number"]
)
def test_nothing_is_refused(x):
    with pytest.raises(ValueError, match="fakes must hold at least one sample"):
        rows(x, "fakes")


def test_samples_of_unlike_data_are_refused_also_where_the_sizes_agree():
    with pytest.raises(ValueError, match="agree in all but the first axis"):
        matching_rows(np.zeros((2, 1, 8, 8)), np.zeros((2, 64)))


@pytest.mark.parametrize("y", [[0.0, 1.0], [[0, 1]], []], ids=["floats", "two axes", "none"])
def test_labels_are_whole_numbers_in_one_row(y):
    with pytest.raises(ValueError, match=r"y must be whole numbers \(n,\)"):
        labels(y, "y")


def test_labels_of_another_count_or_class_are_refused():
    with pytest.raises(ValueError, match="y must hold 3 labels, not 2"):
        labels([0, 1], "y", 3)
    for y in ([0, 3], [-1, 2]):
        with pytest.raises(ValueError, match=r"y must lie in \[0, 3\)"):
            histogram(y, 3, "y")
    np.testing.assert_array_equal(histogram([0, 2, 2], 3, "y"), [1, 0, 2])
