import pytest
import torch

from sparring.core.errors import BadInput
from sparring.inverse.operators.compose import Composed, Custom, rows
from sparring.inverse.operators.linear import Downsample, GaussianBlur
from sparring.inverse.operators.pixelwise import Crop, GaussianNoise, Mask, Quantise


def pictures(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_parts_happen_in_their_order():
    x, blur, quantise = pictures(2, 1, 8, 8), GaussianBlur(1), Quantise(3)
    assert torch.equal(Composed((blur, quantise))(x), quantise(blur(x)))
    assert not torch.equal(Composed((blur, quantise))(x), Composed((quantise, blur))(x))


def test_noise_before_a_blur_is_blurred_and_noise_after_it_is_not():
    x = torch.zeros(1, 1, 64, 64)
    before, after = (
        Composed((GaussianNoise(0.2), GaussianBlur(2))),
        Composed((GaussianBlur(2), GaussianNoise(0.2))),
    )
    assert before.degraded(x, torch.Generator()).std() < 0.05
    assert after.degraded(x, torch.Generator()).std() == pytest.approx(0.2, rel=0.05)
    assert Composed((GaussianNoise(0.3), GaussianNoise(0.4), GaussianBlur(1))).noise == pytest.approx(0.5)


def test_two_noises_of_a_composition_are_independent():
    x = torch.zeros(1, 1, 64, 64)
    both = Composed((GaussianNoise(0.3), GaussianNoise(0.4))).degraded(x, torch.Generator())
    assert both.std() == pytest.approx(0.5, rel=0.05)


def test_a_mask_before_a_downsample_leaves_shares_and_after_it_leaves_pixels():
    missing = torch.zeros(1, 4, 8, dtype=torch.bool)
    missing[:, :, :3] = True
    before = Composed((Mask(missing), Downsample(2)))
    assert before.known((5, 3, 4, 8))[0, 0, 0].tolist() == [0, 0.5, 1, 1]
    after = Composed((Crop(0, 0, 4, 8), Downsample(2), Mask(missing[:, :2, :4])))
    assert after.known((5, 3, 4, 8))[0, 0, 0].tolist() == [0, 0, 0, 1]


def test_rows_takes_each_pictures_own_mask_also_in_a_composition():
    missing = torch.eye(3, dtype=torch.bool)[:, None]
    nested = Composed((Composed((Mask(missing),)), GaussianNoise(0.1), Mask(missing[:1])))
    taken = rows(nested, torch.tensor([2, 2, 1, 0]))
    x = torch.ones(4, 1, 1, 3)
    assert taken(x)[:, 0, 0].tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]]


def test_functions_of_ones_own_are_asked_for_what_they_lack():
    x = pictures(2, 1, 8, 8)
    with pytest.raises(BadInput, match="makes 4x8 of 8x8; give `propagate_with`"):
        Custom(lambda x: x[:, :, ::2])(x)
    with pytest.raises(BadInput, match=r"must make \(2, C, H, W\)"):
        Custom(lambda x: x.mean(0))(x)
    halved = Custom(lambda x: x[:, :, ::2], lambda weight: weight[:, :, ::2])
    assert torch.equal(halved(x), x[:, :, ::2])
    assert halved.known(x.shape).shape == (1, 1, 4, 8)
