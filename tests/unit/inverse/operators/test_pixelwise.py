import numpy as np
import pytest
import torch
from skimage.color import rgb2ycbcr

from sparring.core.errors import BadInput
from sparring.inverse.operators.pixelwise import Crop, GaussianNoise, Grey, Mask, Quantise


def pictures(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_a_mask_sets_the_missing_to_grey_and_leaves_the_rest():
    x = pictures(2, 3, 4, 5)
    missing = torch.zeros(2, 4, 5, dtype=torch.bool)
    missing[0, 1, 2] = missing[1, 3, 4] = True
    y = Mask(missing)(x)
    assert (y[0, :, 1, 2] == 0).all()
    assert (y[1, :, 3, 4] == 0).all()
    assert (y != x).sum() == 6
    assert torch.equal(Mask(missing).known(x.shape), (~missing[:, None]).float())


def test_a_mask_reads_nothing_under_it():
    x = pictures(1, 1, 2, 2)
    x[0, 0, 0, 0] = torch.nan
    assert Mask(torch.tensor([[[True, False], [False, False]]]))(x).isfinite().all()


def test_masks_of_another_size_number_or_type_are_refused():
    mask = Mask(torch.zeros(2, 4, 4, dtype=torch.bool))
    with pytest.raises(BadInput, match="the mask is 4x4, the pictures are 4x5"):
        mask(pictures(2, 1, 4, 5))
    with pytest.raises(BadInput, match="2 masks for 3 pictures"):
        mask(pictures(3, 1, 4, 4))
    with pytest.raises(BadInput, match="bool"):
        Mask(torch.zeros(2, 4, 4))


def test_grey_is_brightness_by_rec_601():
    x = pictures(2, 3, 4, 5)
    theirs = rgb2ycbcr(((x + 1) / 2).permute(0, 2, 3, 1).double().numpy())[..., 0]  # 16 to 235
    assert np.allclose((Grey()(x)[:, 0] + 1) / 2, (theirs - 16) / 219, atol=1e-4)
    assert torch.allclose(Grey()(torch.full((1, 3, 2, 2), 0.4)), torch.tensor(0.4))
    for channels in (1, 4):
        with pytest.raises(BadInput, match=f"have {channels}"):
            Grey()(pictures(1, channels, 4, 4))


def test_noise_has_its_width_and_is_white_and_new_for_each_picture():
    x = torch.zeros(2, 3, 64, 64)
    y = GaussianNoise(0.2).degraded(x, torch.Generator().manual_seed(1))
    assert torch.equal(GaussianNoise(0.2)(x), x)
    assert y.std() == pytest.approx(0.2, rel=0.03)
    assert abs(y.mean()) < 0.01
    assert abs((y[0] * y[1]).mean()) < 0.2**2 * 0.05
    assert abs((y[..., 1:] * y[..., :-1]).mean()) < 0.2**2 * 0.05


def test_noise_comes_from_the_generator():
    x, random = torch.zeros(1, 1, 8, 8), torch.Generator().manual_seed(3)
    first, second = GaussianNoise(1).degraded(x, random), GaussianNoise(1).degraded(x, random)
    assert not torch.equal(first, second)
    assert torch.equal(first, GaussianNoise(1).degraded(x, torch.Generator().manual_seed(3)))


@pytest.mark.parametrize("levels", [2, 3, 4, 256])
def test_quantise_takes_the_nearest_level_and_lets_slopes_through(levels):
    x = (pictures(1, 1, 16, 16) * 1.3).double().requires_grad_()
    y = Quantise(levels)(x)
    level = np.linspace(-1, 1, levels)
    nearest = level[np.abs(x.detach().numpy()[..., None] - level).argmin(-1)]
    assert np.allclose(y.detach(), nearest, atol=1e-12)
    (slope,) = torch.autograd.grad(y.sum(), x)
    assert torch.equal(slope, torch.ones_like(x))


def test_crop_is_a_window():
    x = pictures(1, 1, 6, 7)
    assert torch.equal(Crop(1, 2, 4, 5)(x), x[:, :, 1:5, 2:7])
    with pytest.raises(BadInput, match="ends at 7,7, but the pictures are 6x7"):
        Crop(3, 2, 4, 5)(x)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: GaussianNoise(0), "above 0"),
        (lambda: GaussianNoise(float("nan")), "above 0"),
        (lambda: GaussianNoise(2.1), "at most"),
        (lambda: Quantise(1), "2 to 256"),
        (lambda: Quantise(257), "2 to 256"),
        (lambda: Crop(-1, 0, 2, 2), "0 or more"),
        (lambda: Crop(0, 0, 0, 2), "1 or more"),
    ],
)
def test_settings_out_of_range_are_refused(make, words):
    with pytest.raises(BadInput, match=words):
        make()
