import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch.nn.functional import avg_pool2d
from torchmetrics.functional.image import structural_similarity_index_measure as similarity
from torchmetrics.image import MultiScaleStructuralSimilarityIndexMeasure

from sparring.metrics import diversity
from sparring.metrics.diversity import WEIGHTS, ms_ssim, scales


def pairs(n, side, channels=1, noise=40.0, seed=0):
    """Smooth pictures and noisy copies of them."""
    draw = np.random.default_rng(seed)
    blocks = draw.integers(0, 256, (n, side // 4, side // 4, channels))
    one = blocks.repeat(4, 1).repeat(4, 2)
    other = one + draw.normal(0, noise, one.shape)
    return one.astype(np.uint8), other.clip(0, 255).astype(np.uint8)


def theirs(a, b, weights):
    """torchmetrics' similarities, where whole windows fit: its own product takes the coarsest one's edges in,
    which it pads by reflection, other than the paper's."""
    one, other = (torch.from_numpy(x).permute(0, 3, 1, 2).double() for x in (a, b))
    product = torch.ones(len(a), dtype=torch.float64)
    for scale, weight in enumerate(weights):
        if scale < len(weights) - 1:
            _, part = similarity(
                one, other, data_range=255.0, reduction="none", return_contrast_sensitivity=True
            )
        else:
            _, whole = similarity(one, other, data_range=255.0, reduction="none", return_full_image=True)
            part = whole[..., 5:-5, 5:-5].mean((1, 2, 3))
        product *= part.clamp(min=0) ** weight
        one, other = avg_pool2d(one, 2), avg_pool2d(other, 2)
    return product.numpy()


@pytest.mark.parametrize(("side", "channels", "count"), [(64, 3, 3), (32, 1, 2), (16, 1, 1), (192, 1, 5)])
def test_it_is_torchmetrics_at_as_many_scales(side, channels, count):
    assert scales(side, side) == count
    weights = np.array(WEIGHTS[:count]) / sum(WEIGHTS[:count])
    a, b = pairs(3, side, channels)
    np.testing.assert_allclose(ms_ssim(a, b), theirs(a, b, weights), atol=1e-4)


def test_five_scales_of_a_large_picture_are_torchmetrics_whole():
    a, b = pairs(1, 704)
    whole = MultiScaleStructuralSimilarityIndexMeasure(data_range=255.0)
    expected = whole(*(torch.from_numpy(x).permute(0, 3, 1, 2).float() for x in (a, b)))
    assert ms_ssim(a, b).mean() == pytest.approx(float(expected), abs=1e-4)


def test_one_scale_is_the_similarity_of_one_scale():
    a, b = pairs(2, 20)
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    for one, other, found in zip(a[..., 0], b[..., 0], ms_ssim(a, b), strict=True):
        _, whole = structural_similarity(one, other, full=True, **settings)
        assert found == pytest.approx(whole[5:-5, 5:-5].mean(), abs=1e-9)


def test_few_pixels_have_a_smaller_window_and_one_scale():
    a, b = pairs(4, 8)
    assert scales(8, 8) == 1
    assert (ms_ssim(a, b) < 1).all()
    np.testing.assert_allclose(ms_ssim(a, a), 1)


def test_the_noisier_the_less_alike_and_order_does_not_count(monkeypatch):
    a, b = pairs(5, 32, noise=20)
    _, c = pairs(5, 32, noise=80)
    assert (ms_ssim(a, c) < ms_ssim(a, b)).all()
    whole = ms_ssim(a, b)
    np.testing.assert_allclose(ms_ssim(b, a), whole)
    monkeypatch.setattr(diversity, "AT_ONCE", 2)
    np.testing.assert_allclose(ms_ssim(a, b), whole)


def test_only_bytes_of_one_shape_are_pairs():
    a, b = pairs(2, 16)
    for bad in (b[:1], b / 255.0):
        with pytest.raises(ValueError, match="pairs are uint8"):
            ms_ssim(a, bad)
