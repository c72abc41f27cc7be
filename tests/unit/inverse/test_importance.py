import numpy as np
import pytest
import torch

from sparring.inverse.presets import importance


def naive(missing, window):
    out = np.zeros(missing.shape)
    reach = window // 2
    for i, j in np.argwhere(~missing):
        near = missing[max(i - reach, 0) : i + reach + 1, max(j - reach, 0) : j + reach + 1]
        out[i, j] = near.sum() / (near.size - 1)
    return out


@pytest.mark.parametrize("window", [3, 7, 15])
def test_importance_equals_the_plain_loop(window):
    missing = np.random.default_rng(window).random((2, 9, 12)) < 0.4
    expected = np.stack([naive(m, window) for m in missing])
    np.testing.assert_allclose(importance(torch.from_numpy(missing), window).numpy(), expected, rtol=1e-6)


def test_a_centre_hole_weighs_a_ring_of_three_pixels():
    missing = torch.zeros(1, 64, 64, dtype=torch.bool)
    missing[:, 16:48, 16:48] = True
    assert int((importance(missing) > 0).sum()) == 420


@pytest.mark.parametrize("window", [1, 4])
def test_windows_without_a_centre_or_neighbours_are_refused(window):
    with pytest.raises(ValueError, match="odd"):
        importance(torch.zeros(1, 3, 3, dtype=torch.bool), window)
