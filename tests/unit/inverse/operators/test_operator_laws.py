"""What holds for every damage, or for every linear one."""

import pytest
import torch
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from sparring.core.errors import BadInput
from sparring.inverse.operators.compose import Composed, Custom, rows
from sparring.inverse.operators.jpeg import Jpeg
from sparring.inverse.operators.linear import Downsample, GaussianBlur, MotionBlur
from sparring.inverse.operators.pixelwise import Crop, GaussianNoise, Grey, Mask, Quantise

SHAPE = (3, 3, 12, 18)


def holes(n=3, height=12, width=18):
    missing = torch.zeros(n, height, width, dtype=torch.bool)
    for k in range(n):
        missing[k, k : k + 5, 2 : 9 + k] = True
    return Mask(missing)


LINEAR = {
    "mask": holes(),
    "one mask": holes(1),
    "blur": GaussianBlur(1.3),
    "wide blur": GaussianBlur(20),
    "motion": MotionBlur(6, 30),
    "long motion": MotionBlur(40, 100),
    "area": Downsample(3),
    "bicubic": Downsample(3, "bicubic"),
    "grey": Grey(),
    "noise": GaussianNoise(0.1),
    "crop": Crop(1, 4, 7, 5),
    "own": Custom(lambda x: x.flip(3)),
    "nothing": Composed(()),
    "composed": Composed((holes(), GaussianBlur(1), Grey(), Downsample(2, "bicubic"), Crop(1, 2, 3, 4))),
}
ROUNDING = {"quantise": Quantise(5), "jpeg": Jpeg(40), "grey jpeg": Composed((Grey(), Jpeg(40)))}
every = pytest.mark.parametrize("damage", [*LINEAR.values(), *ROUNDING.values()], ids=[*LINEAR, *ROUNDING])
linear = pytest.mark.parametrize("damage", LINEAR.values(), ids=LINEAR)


def pictures(seed=0, shape=SHAPE):
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@linear
def test_linear_damages_are_linear_and_have_their_adjoint_by_autograd(damage):
    x, other = pictures(1), pictures(2)
    torch.testing.assert_close(damage(2 * x - other), 2 * damage(x) - damage(other))
    start = other.requires_grad_()
    y = damage(start)
    v = pictures(3, y.shape)
    (back,) = torch.autograd.grad(y, start, v)
    torch.testing.assert_close((damage(x) * v).sum(), (x * back).sum())


def test_smooth_damages_have_the_slopes_of_finite_differences():
    curved = Composed((MotionBlur(3, 20), Custom(torch.tanh), GaussianBlur(0.7), Downsample(2, "bicubic")))
    x = pictures(0, (2, 3, 4, 6)).requires_grad_()
    assert torch.autograd.gradcheck(curved, (x,))


@every
def test_a_picture_does_not_feel_those_beside_it(damage):
    x, g = pictures(), torch.Generator
    alone = torch.cat([rows(damage, torch.tensor([i]))(x[i : i + 1]) for i in range(len(x))])
    torch.testing.assert_close(damage(x), alone, rtol=0, atol=1e-12)
    together = damage.degraded(x, g().manual_seed(5))
    first = rows(damage, torch.arange(2)).degraded(x[:2], g().manual_seed(5))
    torch.testing.assert_close(together[:2], first, rtol=0, atol=1e-12)


@every
def test_weights_have_the_damaged_pictures_size(damage):
    x = pictures().float()
    weight = damage.known(x.shape)
    y = damage(x)
    assert y.dtype == torch.float32
    assert weight.shape[1:] == (1, *y.shape[2:])
    assert len(weight) in (1, len(y))
    assert damage.degraded(x, torch.Generator()).shape == y.shape


@pytest.mark.parametrize("name", [name for name, damage in LINEAR.items() if not damage.noise])
def test_linear_damages_are_what_really_happens(name):
    x = pictures()
    assert torch.equal(LINEAR[name].degraded(x, torch.Generator()), LINEAR[name](x))


@every
def test_constants_follow_the_pictures_to_their_device(damage):
    assert damage(torch.zeros(SHAPE, device="meta")).device.type == "meta"


PARTS = st.lists(
    st.sampled_from(
        [
            GaussianBlur(0.6),
            MotionBlur(3, 45),
            Downsample(2),
            Downsample(2, "bicubic"),
            Crop(0, 0, 8, 8),
            Crop(4, 4, 4, 4),
            Custom(lambda x: x.flip(2), lambda weight: weight.flip(2)),
        ]
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=60)
@given(before=PARTS, after=PARTS, top=st.integers(0, 12), left=st.integers(0, 12))
def test_weights_tell_what_a_mask_among_linear_damages_takes_away(before, after, top, left):
    x, others = pictures(0, (1, 1, 32, 32)), pictures(1, (1, 1, 32, 32))
    try:
        shape = Composed(tuple(before))(x).shape
        missing = torch.zeros(1, *shape[2:], dtype=torch.bool)
        missing[:, top : top + 7, left : left + 9] = True
        masked = Composed((*before, Mask(missing), *after))
        y, whole = masked(x), Composed((*before, *after))(x)
    except BadInput:  # a crop that no longer fits, a side that two does not divide
        reject()
    weight = masked.known(x.shape)
    assert weight.shape[2:] == y.shape[2:]
    apart = (y - masked(others)).abs()
    assert (apart[weight == 0] < 1e-4).all()
    assert (apart[weight > 1e-2] > 1e-9).all()
    assert ((y - whole).abs()[weight == 1] < 1e-4).all()
