import numpy as np
import pytest

from sparring.metrics.images import psnr, psnr_hole, ssim


def pair(height=4, width=5):
    truth = np.full((2, height, width, 1), 100, np.uint8)
    other = truth.copy()
    other[0, 0, 0] = 110
    return other, truth


def test_psnr_by_hand():
    other, truth = pair()
    # One of 20 pixels is off by 10: the mean square is 5.
    assert psnr(other, truth)[0] == pytest.approx(10 * np.log10(255**2 / 5))
    assert psnr(other, truth)[1] == np.inf


def test_psnr_of_the_hole_counts_the_hole_alone():
    other, truth = pair()
    missing = np.zeros((2, 4, 5), bool)
    missing[:, 0, :2] = True
    assert psnr_hole(other, truth, missing)[0] == pytest.approx(10 * np.log10(255**2 / 50))
    assert psnr_hole(truth, other, ~missing)[0] == np.inf
    with pytest.raises(ValueError, match="at least one missing"):
        psnr_hole(other, truth, missing & False)


def test_ssim_of_flat_pictures_by_hand():
    light, dark = (np.full((1, 8, 8, 3), value, np.uint8) for value in (120, 90))
    c1 = (0.01 * 255) ** 2  # without variance only the luminance term is left
    assert ssim(light, dark)[0] == pytest.approx((2 * 120 * 90 + c1) / (120**2 + 90**2 + c1))


@pytest.mark.parametrize("side", [3, 5, 6, 8, 16])
def test_ssim_is_one_for_equals_and_less_for_noise_at_every_size(side):
    noise = np.random.default_rng(0).integers(0, 256, (2, side, side, 1), np.uint8)
    assert ssim(noise, noise) == pytest.approx(1)
    assert (ssim(noise, noise[::-1]) < 0.9).all()


def test_unlike_shapes_and_tiny_pictures_are_refused():
    with pytest.raises(ValueError, match="must share"):
        psnr(np.zeros((1, 4, 4, 1), np.uint8), np.zeros((1, 4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="at least 3x3"):
        ssim(*[np.zeros((1, 2, 4, 1), np.uint8)] * 2)
