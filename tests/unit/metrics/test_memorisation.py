import numpy as np
import pytest
from scipy.spatial.distance import cdist

from sparring.metrics.memorisation import copies, nearest, shrunk


def pictures(n, side=8, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, 1), dtype=np.uint8)


@pytest.mark.parametrize("step", [1, 7, 50])
def test_the_nearest_through_parts_are_the_nearest_of_all(step):
    x, lessons = shrunk(pictures(9)), shrunk(pictures(50, seed=1))
    distance, index = nearest(x, (lessons[i : i + step] for i in range(0, 50, step)), 4)
    every = cdist(x, lessons)
    np.testing.assert_array_equal(index, np.argsort(every, axis=1)[:, :4])
    np.testing.assert_allclose(distance, np.sort(every, axis=1)[:, :4], rtol=1e-5)


def test_distances_are_in_steps_of_a_pixel_at_any_size():
    for side in (8, 32, 64):
        dark = np.full((1, side, side, 3), 10, np.uint8)
        assert nearest(shrunk(dark), [shrunk(dark + 7)])[0][0, 0] == pytest.approx(7, rel=1e-5)
    fine = np.indices((64, 64)).sum(0) % 2 * 100  # a chequerboard, which averages to grey
    assert np.ptp(shrunk(fine[None, ..., None].astype(np.uint8))) == pytest.approx(0, abs=1e-5)


def test_fewer_rows_than_neighbours_and_none():
    x = shrunk(pictures(3))
    distance, index = nearest(x, [x], 5)
    assert index.shape == distance.shape == (3, 3)
    assert (index[:, 0] == [0, 1, 2]).all()
    with pytest.raises(ValueError, match="no rows"):
        nearest(x, [])


def test_copies_are_found_and_new_pictures_are_not():
    lessons, held, new = (shrunk(pictures(400, seed=seed)) for seed in (1, 2, 3))
    apart = nearest(held, [lessons])[0][:, 0]
    assert copies(nearest(new, [lessons])[0][:, 0], apart).mean() < 0.03
    half = np.concatenate([new[:200], lessons[:200]])
    assert copies(nearest(half, [lessons])[0][:, 0], apart).mean() == pytest.approx(0.5, abs=0.02)
