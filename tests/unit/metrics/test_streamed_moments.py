import tracemalloc

import numpy as np
import pytest
import torch
from torchmetrics.image.fid import FrechetInceptionDistance

from sparring.metrics.distances import frechet
from sparring.metrics.moments import frechet_moments, merge, moments


def normal(n, d, seed=0, mean=0.0):
    return mean + np.random.default_rng(seed).standard_normal((n, d))


class Itself(torch.nn.Module):
    """Rows that are features already, as torchmetrics asks for them."""

    num_features = 12

    def forward(self, x):
        return x


@pytest.mark.parametrize("sizes", [[50], [1, 49], [7, 20, 23], [1] * 50])
def test_parts_make_the_moments_of_the_whole(sizes):
    x = normal(50, 4, mean=1e6)
    found = moments(np.split(x, np.cumsum(sizes)[:-1]))
    assert found.count == 50
    np.testing.assert_allclose(found.mean, x.mean(0))
    np.testing.assert_allclose(found.covariance, np.cov(x.T), rtol=1e-7, atol=1e-9)


def test_the_frechet_distance_is_that_of_whole_samples():
    a, b = normal(90, 5), 1.5 * normal(70, 5, 1, 0.3)
    streamed = frechet_moments(moments(np.array_split(a, 7)), moments(np.array_split(b, 3)))
    assert streamed == pytest.approx(frechet(a, b))
    assert streamed == pytest.approx(frechet_moments(moments([b]), moments([a])))
    turn = np.linalg.qr(normal(5, 5, 2))[0]
    assert frechet(a @ turn + 3, b @ turn + 3) == pytest.approx(streamed)


def test_the_frechet_distance_is_torchmetrics():
    a, b = normal(400, 12), 1.2 * normal(300, 12, 1, 0.1)
    theirs = FrechetInceptionDistance(feature=Itself()).set_dtype(torch.float64)
    theirs.update(torch.from_numpy(a), real=True)
    theirs.update(torch.from_numpy(b), real=False)
    ours = frechet_moments(moments(np.array_split(a, 9)), moments([b]))
    assert ours == pytest.approx(float(theirs.compute()), abs=1e-4)


def peak(count):
    draw = np.random.default_rng(0)
    tracemalloc.start()
    moments(draw.standard_normal((100, 32)) for _ in range(count))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory_does_not_grow_with_the_rows():
    peak(2)
    assert peak(500) < 1.5 * peak(20)


def test_what_has_no_moments_is_refused():
    with pytest.raises(ValueError, match="no part"):
        moments([])
    with pytest.raises(ValueError, match="no moments in common"):
        merge(moments([normal(3, 2)]), moments([normal(3, 4)]))
    with pytest.raises(ValueError, match="at least two rows"):
        frechet_moments(moments([normal(1, 2)]), moments([normal(5, 2)]))
