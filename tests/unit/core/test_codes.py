"""The latent of noise and codes."""

from __future__ import annotations

import math

import pytest
import torch

from sparring.core.codes import Codes
from sparring.core.errors import BadInput

CODES = Codes(noise=3, choices=2, categories=4, scales=2)


def _drawn(codes: Codes, n: int = 4000, seed: int = 0) -> torch.Tensor:
    return codes.sample(n, torch.Generator().manual_seed(seed))


def test_the_parts_are_slices_of_z_in_their_order() -> None:
    z = torch.arange(26.0).reshape(2, 13)
    noise, choices, scales = CODES.parts(z)
    assert CODES.size == 13
    assert CODES.length == 10
    assert torch.equal(noise, z[:, :3])
    assert torch.equal(choices, z[:, 3:11].reshape(2, 2, 4))
    assert torch.equal(scales, z[:, 11:])
    nothing, same, too = CODES.parts(z[:, 3:])
    assert nothing.shape == (2, 0)
    assert torch.equal(same, choices)
    assert torch.equal(too, scales)


def test_noise_and_scales_fill_their_cube_and_choices_are_one_of_equally_likely() -> None:
    z = _drawn(CODES)
    noise, choices, scales = CODES.parts(z)
    assert z.shape == (4000, CODES.size)
    assert z.dtype == torch.float32
    for flat in (noise, scales):
        assert -1 <= flat.min() < -0.99
        assert 0.99 < flat.max() <= 1
        assert flat.mean(0).abs().max() < 0.05
    assert torch.equal(choices.sum(2), torch.ones(4000, 2))
    assert torch.equal(choices.max(2).values, torch.ones(4000, 2))
    assert (choices.mean(0) - 1 / 4).abs().max() < 0.03
    both = torch.einsum("ni,nj->ij", choices[:, 0], choices[:, 1]) / 4000
    assert (both - 1 / 16).abs().max() < 0.02  # the choices are independent
    assert torch.equal(z, _drawn(CODES))
    assert not torch.equal(z, _drawn(CODES, seed=1))


def test_projection_leaves_the_support_alone_and_finds_its_nearest_point() -> None:
    z = _drawn(CODES, 50)
    assert torch.equal(CODES.project(z), z)
    far = z + torch.randn(z.shape, generator=torch.Generator().manual_seed(1))
    near = CODES.project(far)
    assert torch.equal(CODES.project(near), near)
    _, wanted, _ = CODES.parts(far)
    _, found, _ = CODES.parts(near)
    distances = (wanted[..., None, :] - torch.eye(4)).square().sum(-1)
    assert torch.equal(found, torch.eye(4)[distances.argmin(-1)])
    rest = [i for i in range(13) if not 3 <= i < 11]
    assert torch.equal(near[:, rest], far[:, rest].clamp(-1, 1))


def test_the_prior_is_flat_and_its_entropy_known() -> None:
    assert torch.equal(CODES.energy(_drawn(CODES, 5)), torch.zeros(5))
    assert CODES.choice_entropy == pytest.approx(math.log(16))
    assert CODES.scale_entropy == pytest.approx(math.log(4))


@pytest.mark.parametrize("codes", [Codes(0, 1, 3, 0), Codes(2, 0, 2, 1)])
def test_either_kind_of_code_may_be_missing(codes: Codes) -> None:
    z = _drawn(codes, 6)
    assert z.shape == (6, codes.size)
    assert torch.equal(codes.project(z), z)
    assert torch.equal(torch.cat([part.flatten(1) for part in codes.parts(z)], 1), z)


@pytest.mark.parametrize(
    "knobs", [{"categories": 1}, {"noise": -1}, {"choices": -1}, {"choices": 0, "scales": 0}]
)
def test_knobs_that_make_no_code_are_refused(knobs: dict[str, int]) -> None:
    with pytest.raises(BadInput, match="at least 2 categories"):
        Codes(**knobs)
