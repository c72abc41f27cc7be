import numpy as np
import pytest

from sparring.metrics import resampling
from sparring.metrics.resampling import bootstrap, jackknife, split_into_groups, split_mean


def covered(interval, truth, draws=200):
    hits = [interval(seed).low <= truth <= interval(seed).high for seed in range(draws)]
    return np.mean(hits)


def share(seed):
    return (np.random.default_rng(seed).random(150) < 0.3).astype(float)


def test_a_bootstrap_covers_a_share():
    assert 0.88 <= covered(lambda seed: bootstrap(share(seed)), 0.3) <= 0.995


def test_a_jackknife_covers_a_variance():
    def interval(seed):
        x = np.random.default_rng(seed).standard_normal((200, 1))
        groups = split_into_groups(x)
        rest = [np.concatenate([g for j, g in enumerate(groups) if j != i]) for i in range(len(groups))]
        return jackknife(float(x.var(ddof=1)), [float(r.var(ddof=1)) for r in rest])

    assert 0.88 <= covered(interval, 1.0) <= 0.995


def test_a_jackknife_of_a_mean_is_students():
    x = np.random.default_rng(0).standard_normal((10, 1))
    found = jackknife(float(x.mean()), [float(np.delete(x, i).mean()) for i in range(10)])
    error = x.std(ddof=1) / np.sqrt(10)
    assert found.high - found.value == pytest.approx(2.2622 * error, rel=1e-4)
    same = split_mean(x)
    assert (same.value, same.low, same.high) == pytest.approx((found.value, found.low, found.high))


def test_a_bootstrap_is_its_seeds_and_narrows_with_n(monkeypatch):
    few, many = bootstrap(share(0)), bootstrap(np.tile(share(0), 16))
    assert few == bootstrap(share(0))
    assert few != bootstrap(share(0), seed=1)
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.2)
    assert bootstrap(np.ones(20)).low == 1
    monkeypatch.setattr(resampling, "CHUNK", 400)
    assert bootstrap(share(0)).low == pytest.approx(few.low, abs=0.02)


def test_groups_need_rows():
    assert [len(group) for group in split_into_groups(np.zeros((23, 2)))] == [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]
    with pytest.raises(ValueError, match="at least 20 rows"):
        split_into_groups(np.zeros((19, 2)))
