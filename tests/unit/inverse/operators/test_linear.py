import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from scipy.fft import dctn, idctn

from sparring.core.errors import BadInput
from sparring.inverse.operators.linear import Downsample, GaussianBlur, MotionBlur, line

FILTERS = [GaussianBlur(0.4), GaussianBlur(3), GaussianBlur(30), MotionBlur(7, 25), MotionBlur(50, 90)]
FILTERS += [Downsample(2), Downsample(6), Downsample(2, "bicubic"), Downsample(3, "bicubic")]


def picture(height=12, width=18, seed=0):
    return np.random.default_rng(seed).standard_normal((height, width))


def of(damage, picture):
    return damage(torch.from_numpy(picture)[None, None])[0, 0].numpy()


@pytest.mark.parametrize("damage", FILTERS, ids=str)
def test_a_constant_stays_what_it_is(damage):
    assert np.allclose(of(damage, np.full((12, 18), 0.3)), 0.3, atol=1e-12)


def test_gaussian_multiplies_the_cosine_spectrum_of_a_mirrored_picture():
    x, sigma = picture(), 1.7
    rates = np.exp(-((sigma * np.pi * np.arange(18)[None] / 18) ** 2) / 2) * np.exp(
        -((sigma * np.pi * np.arange(12)[:, None] / 12) ** 2) / 2
    )
    # The density is cut at 4 sigma and sampled, hence not to the last digit.
    assert np.allclose(of(GaussianBlur(sigma), x), idctn(dctn(x) * rates), atol=1e-3)
    assert np.allclose(of(GaussianBlur(sigma), x), ndimage.gaussian_filter(x, sigma, mode="reflect"))


@pytest.mark.parametrize("sigma", [0.8, 2, 9])
def test_gaussian_is_its_own_adjoint_and_keeps_the_mean(sigma):
    x, v, blur = picture(), picture(seed=1), GaussianBlur(sigma)
    assert np.isclose((of(blur, x) * v).sum(), (x * of(blur, v)).sum())
    assert np.isclose(of(blur, x).mean(), x.mean())


@pytest.mark.parametrize(("length", "angle"), [(2, 0), (9, 0), (9, 30), (4, 77), (15, -120), (60, 45)])
def test_motion_is_a_convolution_of_sum_one_that_moves_nothing(length, angle):
    kernel = line(length, angle).numpy()
    assert np.isclose(kernel.sum(), 1)
    assert (kernel >= 0).all()
    assert all(side % 2 for side in kernel.shape)
    assert np.allclose(kernel, kernel[::-1, ::-1])
    x = picture()
    assert np.allclose(of(MotionBlur(length, angle), x), ndimage.convolve(x, kernel, mode="reflect"))


def test_motion_goes_where_the_angle_says():
    assert np.allclose(line(9, 0), np.full((1, 9), 1 / 9))
    assert np.allclose(line(9, 90), np.full((9, 1), 1 / 9))
    assert np.allclose(line(2, 0), [[0.25, 0.5, 0.25]])
    assert np.allclose(line(11, 120), np.rot90(line(11, 30)))
    kernel = line(31, 30).numpy()
    rows, columns = (np.arange(side) - side // 2 for side in kernel.shape)
    across, up = (kernel * columns**2).sum(), (kernel * -rows[:, None] * columns).sum()
    assert np.isclose(np.degrees(np.arctan2(up, across)), 30, atol=1)


def test_area_is_the_mean_of_blocks():
    x = picture()
    assert np.allclose(of(Downsample(3), x), x.reshape(4, 3, 6, 3).mean((1, 3)))


@pytest.mark.parametrize("factor", [2, 3, 6])
def test_bicubic_is_pillows(factor):
    x = picture(24, 36)
    size = (36 // factor, 24 // factor)
    theirs = Image.fromarray(x.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    assert np.allclose(of(Downsample(factor, "bicubic"), x), np.asarray(theirs), atol=1e-5)


def test_factors_that_fit_are_named():
    with pytest.raises(
        BadInput, match=r"3 does not divide both sides of pictures of 28x28.*: 2, 4, 7, 14, 28$"
    ):
        Downsample(3)(torch.zeros(1, 1, 28, 28))
    with pytest.raises(BadInput, match="no factor does; crop"):
        Downsample(2)(torch.zeros(1, 1, 31, 48))


@pytest.mark.parametrize("damage", [GaussianBlur(1), Downsample(4), Downsample(4, "bicubic")], ids=str)
def test_weight_is_the_share_of_what_is_known(damage):
    known = torch.ones(1, 1, 32, 32)
    known[..., :12] = 0
    share = damage.propagate(known)[0, 0]
    middle = share[share.shape[0] // 2]
    assert middle[0] == 0
    assert middle[-1] == 1
    assert (middle.diff() >= 0).all()


def test_weight_of_blocks_is_their_known_share():
    known = torch.ones(1, 1, 4, 8)
    known[..., :3] = 0
    assert torch.equal(Downsample(4).propagate(known), torch.tensor([[[[0.25, 1.0]]]]))


def test_weight_of_bicubic_pixels_counts_taps_by_their_absolute_value():
    # At half the size Pillow's filter has the taps (-3, -9, 29, 111, 111, 29, -9, -3) / 256.
    known = (torch.arange(16) >= 8).expand(1, 1, 16, 16).float()
    share = Downsample(2, "bicubic").propagate(known)[0, 0, 4, 3]
    assert float(share) == pytest.approx((29 + 9 + 3) / 304, abs=1e-5)
