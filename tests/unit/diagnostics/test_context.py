import numpy as np
import pytest
from skimage.filters import gaussian

from sparring.diagnostics import context


def smooth(n, seed=0, side=16, sigma=1.5):
    noise = np.random.default_rng(seed).standard_normal((n, 1, side, side))
    found = gaussian(noise, (0, 0, sigma, sigma), mode="wrap")
    return np.clip(found / found.std() / 3, -1, 1)


def test_correlations_of_a_wave_are_its_cosine():
    phase = np.random.default_rng(0).random(400) * 2 * np.pi
    wave = np.cos(np.arange(32) * 2 * np.pi / 8 + phase[:, None])[:, None, None].repeat(8, 2)
    across = context.correlations(wave)[::2]
    np.testing.assert_allclose(across, np.cos(2 * np.pi * np.array([1, 2, 4]) / 8), atol=0.02)
    np.testing.assert_allclose(context.correlations(wave)[1::2], 1)
    assert (context.correlations(np.ones((3, 1, 4, 4))) == 0).all()
    assert len(context.correlations(wave[..., :4, :4])) == 4  # a shift of 4 does not fit


def test_entropy_of_noise_of_stripes_and_of_one_grey():
    noise = np.random.default_rng(0).uniform(-1, 1, (400, 1, 16, 16))
    assert context.neighbour_entropy(noise) == pytest.approx(3, abs=0.01)
    stripes = np.where(np.arange(16) % 2, 0.9, -0.9) * np.ones((5, 1, 16, 1))
    assert context.neighbour_entropy(stripes) == 0
    assert context.neighbour_entropy(np.zeros((5, 1, 8, 8))) == 0
    coin = np.where(noise > 0, 1.0, -1.0)
    assert context.neighbour_entropy(coin) == pytest.approx(1, abs=0.01)
    assert np.isnan(context.neighbour_entropy(np.full((1, 1, 4, 4), np.nan)))


def test_a_plane_is_predicted_from_its_neighbours_and_noise_is_not():
    rows, columns = np.mgrid[:8, :8]
    slopes = np.random.default_rng(0).uniform(-0.1, 0.1, (200, 1, 3))
    planes = (slopes[..., 0, None, None] * rows + slopes[..., 1, None, None] * columns) + slopes[
        ..., 2, None, None
    ]
    noise = np.random.default_rng(1).uniform(-1, 1, planes.shape)
    assert context.pixel_gap(planes[:100], planes[:100], planes[100:]) == pytest.approx(0, abs=1e-9)
    assert context.pixel_gap(noise, planes[:100], planes[100:]) > 1
    with pytest.raises(ValueError, match="3x3"):
        context.pixel_gap(*[np.ones((2, 1, 2, 8))] * 3)


def test_the_spectrum_of_a_wave_and_of_noise():
    x = np.cos(2 * np.pi * 3 * np.arange(16) / 16) * np.ones((2, 1, 16, 1))
    power = context.spectrum(x)
    assert power.argmax() == 3
    assert power[3] > 1e9 * power[[0, 1, 2, 4, 5, 6, 7, 8]].max()
    noise = np.random.default_rng(0).standard_normal((500, 1, 16, 16))
    np.testing.assert_allclose(context.spectrum(noise), 256, rtol=0.05)
    assert context.spectrum_gap(10 * noise, noise) == pytest.approx(2)


GAPS = {
    "correlation_gap": (context.correlation_gap, 0.05, 0.15),
    "entropy_gap": (context.entropy_gap, 0.15, 0.4),
    "pixel_gap": (lambda fake, real: context.pixel_gap(fake, real, smooth(256, 9)), 0.05, 0.15),
    "spectrum_gap": (context.spectrum_gap, 0.2, 0.5),
}


@pytest.mark.parametrize("name", GAPS)
def test_pictures_of_the_truth_stay_below_the_warning_and_noisy_ones_fail(name):
    measure, warn, fail = GAPS[name]
    assert abs(measure(smooth(256, 1), smooth(256, 2))) < warn / 2
    noise = np.random.default_rng(5).normal(0, 0.5, (256, 1, 16, 16))
    assert measure(smooth(256, 1) + noise, smooth(256, 2)) > fail
    assert np.isfinite(measure(np.zeros((256, 1, 16, 16)), smooth(256, 2)))


def test_holes_are_filled_from_the_nearest_picture():
    draw = np.random.default_rng(0)
    training = draw.uniform(-1, 1, (20, 1, 4, 4))
    truth = training[[3, 7]].copy()
    left, top = np.zeros((2, 4, 4), bool)
    left[:, :2], top[:2] = True, True
    truth[0, 0, :, :2] += 0.25  # in the hole alone: the third is still the nearest
    np.testing.assert_allclose(context.nearest_errors(truth, np.stack([left, top]), training), [0.25, 0])
    assert context.completion_ratio([0.5, 0.5], [0.25, 0.75]) == 1
    with pytest.raises(ValueError, match="missing pixel"):
        context.hole_errors(truth, truth, np.zeros((4, 4), bool))
    with pytest.raises(ValueError, match="height, width"):
        context.spectrum(np.ones((3, 2)))
