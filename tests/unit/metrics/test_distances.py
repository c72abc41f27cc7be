import numpy as np
import pytest
import scipy.linalg
import scipy.stats
import torch

from sparring.metrics import distances, rows
from sparring.metrics.distances import (
    energy_distance,
    energy_floor,
    frechet,
    random_halves,
    wasserstein_1d,
)


def normal(n, d, seed=0, mean=0.0):
    return mean + np.random.default_rng(seed).standard_normal((n, d))


def test_energy_distance_in_one_dimension_is_scipys_squared():
    a, b = normal(300, 1), normal(200, 1, 1, mean=0.7)
    truth = scipy.stats.energy_distance(a[:, 0], b[:, 0]) ** 2
    assert energy_distance(a, b) == pytest.approx(truth)
    assert energy_distance(torch.as_tensor(a[:, 0]), b[:, 0]) == pytest.approx(truth)


@pytest.mark.parametrize("t", [0.5, 2.0])
def test_energy_distance_of_two_normals_is_the_closed_form(t):
    # |a - b| with a - b ~ N(t, 2) is a folded normal's mean.
    folded = 2 / np.sqrt(np.pi) * np.exp(-(t**2) / 4) + t * (1 - 2 * scipy.stats.norm.cdf(-t / np.sqrt(2)))
    truth = 2 * folded - 4 / np.sqrt(np.pi)
    assert energy_distance(normal(4000, 1), normal(4000, 1, 1, mean=t)) == pytest.approx(truth, rel=0.1)


def test_energy_distance_in_the_plane_by_hand():
    between = (1 + 5 + np.sqrt(17) + np.sqrt(17)) / 4
    truth = 2 * between - 4 / 2 - np.sqrt(18) / 2
    assert energy_distance([[0, 0], [4, 0]], [[0, 1], [3, 4]]) == pytest.approx(truth)


def test_energy_distance_in_chunks_is_the_same(monkeypatch):
    a, b = normal(70, 3), normal(40, 3, 1)
    whole = energy_distance(a, b)
    monkeypatch.setattr(rows, "CHUNK", 100)
    assert energy_distance(a, b) == pytest.approx(whole, rel=1e-12)


def test_energy_distance_is_symmetric_never_negative_and_nan_for_nan():
    a, b = normal(50, 2), normal(60, 2, 1)
    assert energy_distance(a, b) == pytest.approx(energy_distance(b, a))
    assert energy_distance(a, a[::-1]) == pytest.approx(0, abs=1e-12)
    assert energy_distance(a, a) >= 0
    a[3, 1] = np.nan
    assert np.isnan(energy_distance(a, b))


def test_the_floor_is_that_of_two_halves():
    real = normal(1000, 2)
    # (1/n + 1/m) E|a - a'|, and E|a - a'| = sqrt(pi) in the plane.
    floor = energy_floor(real, seed=3)
    assert floor == pytest.approx(2 / 500 * np.sqrt(np.pi), rel=0.25)
    assert floor < energy_distance(real[:500], real[500:] + 0.5) / 4


@pytest.mark.parametrize("n", [60, 61])
def test_the_floor_of_all_splits_at_once_is_their_mean(n, monkeypatch):
    real = normal(n, 3).reshape(n, 3, 1)
    one_by_one = [energy_distance(real[side > 0], real[side < 0]) for side in random_halves(n, 7).T]
    assert energy_floor(real, 7) == pytest.approx(np.mean(one_by_one))
    monkeypatch.setattr(rows, "CHUNK", 100)
    assert energy_floor(real, 7) == pytest.approx(np.mean(one_by_one))


def test_splits_are_equal_halves_and_random():
    signs = random_halves(11, seed=4)
    assert (np.sort(signs, 0).T == [-1] * 5 + [0] + [1] * 5).all()
    assert len({tuple(side) for side in signs.T}) == distances.SPLITS
    np.testing.assert_array_equal(signs, random_halves(11, seed=4))
    assert (random_halves(11, seed=5) != signs).any()
    with pytest.raises(ValueError, match="at least four"):
        energy_floor(np.arange(3.0))


def exact(mean, covariance):
    """Rows whose sample mean and unbiased covariance are exactly these."""
    d = len(mean)
    x = normal(4 * d, d, seed=5)
    x -= x.mean(0)
    white = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T
    return mean + white @ scipy.linalg.sqrtm(covariance).real


def test_frechet_of_scaled_gaussians_is_the_closed_form():
    mean, first, second = np.array([1.0, -2, 0.5]), np.diag([1.0, 4, 9]), np.diag([4.0, 4, 1])
    # Commuting covariances: |m|^2 + sum (sqrt a - sqrt b)^2.
    truth = np.square(mean).sum() + 1 + 0 + 4
    assert frechet(exact(mean, first), exact(np.zeros(3), second)) == pytest.approx(truth)


def test_frechet_of_turned_gaussians_is_scipys_root():
    first, second = (np.cov(normal(9, 4, seed).T) for seed in (1, 2))
    root = scipy.linalg.sqrtm(first @ second).real
    truth = np.trace(first + second - 2 * root)
    assert frechet(exact(np.ones(4), first), torch.as_tensor(exact(np.ones(4), second))) == pytest.approx(
        truth
    )


def test_frechet_of_singular_covariances():
    line = np.outer(np.arange(5.0), [3.0, 4.0])  # along (3, 4) / 5 with the std of 5 * (0 .. 4)
    across = np.outer(np.arange(5.0), [-4.0, 3.0])
    spread = 25 * 2.5  # the unbiased variance of 0 .. 4 is 2.5
    shift = np.square(line.mean(0) - across.mean(0)).sum()
    assert frechet(line, across) == pytest.approx(shift + 2 * spread)
    assert frechet(line, 3 * line) == pytest.approx(np.square(2 * line.mean(0)).sum() + 4 * spread)
    assert frechet(line, line) == pytest.approx(0, abs=1e-9)
    few = normal(10, 40)  # fewer rows than features
    assert frechet(few, few) == pytest.approx(0, abs=1e-9)
    assert frechet(few, few + 2) == pytest.approx(4 * 40)


def test_frechet_refuses_one_row_and_says_nan_for_nan():
    with pytest.raises(ValueError, match="at least two rows"):
        frechet(normal(1, 2), normal(5, 2))
    with pytest.raises(ValueError, match="must agree"):
        frechet(normal(5, 3), normal(5, 2))
    assert np.isnan(frechet(np.full((4, 2), np.inf), normal(5, 2)))


def test_wasserstein_on_the_line():
    a = normal(400, 1)
    assert wasserstein_1d(a, a[:, 0] + 1.5) == pytest.approx(1.5)
    assert wasserstein_1d([0.0, 1.0], [0.0, 0.0, 3.0]) == pytest.approx(1 / 6 + 2 / 3)
    with pytest.raises(ValueError, match="one number a sample"):
        wasserstein_1d(normal(5, 2), normal(5, 2))
