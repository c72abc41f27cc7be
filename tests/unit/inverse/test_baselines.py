import cv2
import numpy as np
import pytest

from sparring.core.errors import BadInput
from sparring.inverse import baselines
from sparring.inverse.comparison import BASELINES
from sparring.inverse.masks import masks

HOLE = masks("centre", 2, 8, 10, 0)


def ramp(channels):
    down, across = np.indices((8, 10))
    one = np.stack([60 + 9 * down + 5 * across + 3 * c for c in range(channels)], -1).astype(np.uint8)
    return np.stack([one, one[::-1]])


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("name", [*BASELINES, "nearest"])
def test_baselines_keep_the_known_and_never_read_the_hole(name, channels):
    truth = ramp(channels)
    method = BASELINES.get(name) or (lambda y, hole: baselines.nearest(y, hole, ramp(channels)[:1]))
    black, noisy = truth.copy(), truth.copy()
    black[HOLE] = 0
    noisy[HOLE] = np.random.default_rng(0).integers(0, 256, noisy[HOLE].shape)
    filled = method(black, HOLE)
    assert filled.dtype == np.uint8
    assert filled.shape == truth.shape
    assert (filled[~HOLE] == truth[~HOLE]).all()
    assert (filled == method(noisy, HOLE)).all()
    assert (filled[HOLE] >= truth.min()).all()  # not left black


def test_mean_is_that_of_the_known_pixels_of_each_channel():
    truth = ramp(3)
    expected = np.rint(truth[1][~HOLE[1]].mean(0))
    assert (baselines.mean(truth, HOLE)[1][HOLE[1]] == expected).all()


def test_biharmonic_continues_a_plane():
    truth = ramp(2)
    assert np.abs(baselines.biharmonic(truth, HOLE).astype(int) - truth).max() <= 1


def test_telea_is_opencvs():
    truth = np.where(HOLE[..., None], 0, ramp(1)).astype(np.uint8)
    expected = cv2.inpaint(truth[0, ..., 0], HOLE[0].astype(np.uint8), 3, cv2.INPAINT_TELEA)
    assert (baselines.telea(truth, HOLE)[0, ..., 0][HOLE[0]] == expected[HOLE[0]]).all()


def test_nearest_equals_the_plain_search_at_any_chunk():
    random = np.random.default_rng(1)
    training = random.integers(0, 256, (50, 8, 10, 3), np.uint8)
    wanted = random.integers(0, 256, (2, 8, 10, 3), np.uint8)
    gaps = [
        [((t.astype(int) - y)[~hole] ** 2).sum() for t in training]
        for y, hole in zip(wanted, HOLE, strict=True)
    ]
    best = training[np.argmin(gaps, 1)]
    for chunk in (7, 512):
        assert (baselines.nearest(wanted, HOLE, training, chunk)[HOLE] == best[HOLE]).all()


def test_nearest_refuses_pictures_of_another_shape():
    with pytest.raises(BadInput, match="must be like"):
        baselines.nearest(ramp(1), HOLE, ramp(3))
