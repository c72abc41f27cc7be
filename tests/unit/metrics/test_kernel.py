import numpy as np
import pytest
import torch
from torchmetrics.image.kid import KernelInceptionDistance

from sparring.metrics import kernel, rows
from sparring.metrics.distances import energy_distance
from sparring.metrics.kernel import cubic_kernel, energy_jackknife, kernel_distance, kernel_jackknife
from sparring.metrics.resampling import split_into_groups


def normal(n, d, seed=0, mean=0.0):
    return mean + np.random.default_rng(seed).standard_normal((n, d))


class Itself(torch.nn.Module):
    num_features = 6

    def forward(self, x):
        return x


def test_the_kernel_distance_is_torchmetrics():
    a, b = normal(120, 6), normal(120, 6, 1, 0.4)
    theirs = KernelInceptionDistance(feature=Itself(), subsets=1, subset_size=120).set_dtype(torch.float64)
    theirs.update(torch.from_numpy(a), real=True)
    theirs.update(torch.from_numpy(b), real=False)
    assert kernel_distance(a, b) == pytest.approx(float(theirs.compute()[0]), abs=1e-4)


def test_by_hand():
    a, b = [[1.0, 0.0], [0.0, 2.0]], [[2.0, 0.0], [0.0, 0.0]]
    between = (2.0**3 + 1 + 1 + 1) / 4
    assert kernel_distance(a, b) == pytest.approx(1 + 1 - 2 * between)
    assert cubic_kernel(np.array([[1.0, 1.0]]), np.array([[2.0, 4.0]]))[0, 0] == 64


def test_it_is_without_bias_where_the_truth_is_one():
    small = [kernel_distance(normal(8, 3, s), normal(8, 3, s + 1000)) for s in range(600)]
    error = np.std(small) / np.sqrt(len(small))
    assert abs(np.mean(small)) < 3 * error
    assert min(small) < 0
    assert kernel_distance(normal(200, 3), normal(200, 3, 1, 1.0)) > 10 * error


def test_chunks_change_nothing(monkeypatch):
    a, b = normal(70, 3), normal(50, 3, 1)
    whole = kernel_distance(a, b)
    assert kernel_distance(b, a) == pytest.approx(whole)
    monkeypatch.setattr(rows, "CHUNK", 100)
    monkeypatch.setattr(kernel, "FEW", 9)
    assert kernel_distance(a, b) == pytest.approx(whole, rel=1e-9)


@pytest.mark.parametrize(
    ("left_out", "distance"), [(kernel_jackknife, kernel_distance), (energy_jackknife, energy_distance)]
)
def test_what_is_left_out_is_left_out(left_out, distance):
    a, b = normal(43, 3), normal(31, 3, 1, 0.5)
    one, other = split_into_groups(a, 5), split_into_groups(b, 5)
    for g, found in enumerate(left_out(a, b, 5)):
        rest = [np.concatenate([x for i, x in enumerate(groups) if i != g]) for groups in (one, other)]
        assert found == pytest.approx(distance(*rest))


def test_one_row_is_refused():
    with pytest.raises(ValueError, match="two rows"):
        kernel_distance(normal(1, 2), normal(5, 2))
