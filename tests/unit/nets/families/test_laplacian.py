"""Filters that match, and levels that use their own noise."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from sparring.core.errors import BadInput
from sparring.core.planes import Planes, noise_slice
from sparring.core.space import Space
from sparring.nets.families.laplacian import (
    CoarseDiscriminator,
    CoarseGenerator,
    DetailGenerator,
    Discriminator,
    downsample,
    upsample,
)

LATENT = Planes(code=6).fit_to(Space((3, 16, 8), 0))
SPACE = Space((3, 16, 8), LATENT.size)


def test_halving_blurs_by_1331_and_decimates() -> None:
    x = torch.randn(2, 1, 12, 16)
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    blurred = functional.conv2d(x, torch.outer(taps, taps)[None, None], stride=2, padding=1)
    assert torch.allclose(downsample(x)[..., 1:-1, 1:-1], blurred[..., 1:-1, 1:-1], atol=1e-6)
    assert torch.equal(downsample(x, 2), downsample(downsample(x)))


def test_doubling_is_halving_turned_round() -> None:
    """<halved(x), y> = <x, doubled(y)> / 4, where y is 0 at the border."""
    x, inner = torch.randn(1, 2, 16, 16), torch.randn(1, 2, 4, 4)
    y = functional.pad(inner, (2, 2, 2, 2))
    assert (downsample(x) * y).sum().item() == pytest.approx((x * upsample(y)).sum().item() / 4, abs=1e-5)


def test_flat_pictures_stay_as_they_are() -> None:
    x = torch.full((1, 3, 8, 12), 0.3)
    assert torch.allclose(upsample(downsample(x)), x)


def test_levels_have_their_sizes() -> None:
    z = torch.rand(5, LATENT.size)
    coarse = CoarseGenerator(8)(SPACE)(z)
    middle = DetailGenerator(8, halvings=1)(SPACE)(coarse, z)
    fine = DetailGenerator(8)(SPACE)(middle, z)
    assert [x.shape for x in (coarse, middle, fine)] == [(5, 3, 4, 2), (5, 3, 8, 4), (5, 3, 16, 8)]
    assert CoarseDiscriminator(8)(SPACE)(coarse).shape == Discriminator(8, 1)(SPACE)(middle).shape == (5,)
    assert Discriminator(8)(SPACE)(fine).shape == (5,)


@pytest.mark.parametrize("halvings", [0, 1, 2])
def test_a_level_hears_its_own_noise_alone(halvings: int) -> None:
    below = torch.rand(1, 3, *(side >> (halvings + 1) for side in (16, 8)))
    net = CoarseGenerator(8)(SPACE) if halvings == 2 else DetailGenerator(8, halvings)(SPACE)

    def made(z: Tensor) -> Tensor:
        return (net(z) if halvings == 2 else net(below, z)).square().sum()

    own = torch.func.grad(made)(torch.rand(1, LATENT.size))[0] != 0
    where = noise_slice((16, 8), halvings) if halvings < 2 else slice(noise_slice((16, 8), 2).start, None)
    assert own[where].all()
    own[where] = False
    assert not own.any()


def test_what_cannot_be_halved_is_refused() -> None:
    with pytest.raises(BadInput, match="multiples of 4"):
        CoarseGenerator()(Space((1, 30, 28), 10))
