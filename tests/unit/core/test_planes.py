"""Noise for every level of a pyramid, and where each level finds its own."""

from __future__ import annotations

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.planes import Planes, halved_sides, noise_slice
from sparring.core.space import Space


def test_planes_and_code_part_the_latent() -> None:
    latent = Planes(code=5).fit_to(Space((3, 16, 8), 0))
    parts = [
        noise_slice((16, 8), 0),
        noise_slice((16, 8), 1),
        slice(noise_slice((16, 8), 2).start, latent.size),
    ]
    assert [part.stop - part.start for part in parts] == [128, 32, 5]
    assert [part.start for part in parts] == [0, 128, 160]
    assert latent.size == 165
    assert Planes(code=5).size == 5


def test_noise_is_uniform_and_projected_to_its_box() -> None:
    latent = Planes(code=4).fit_to(Space((1, 8, 8), 0))
    z = latent.sample(500, torch.Generator().manual_seed(0))
    assert z.shape == (500, latent.size)
    assert z.abs().max() <= 1
    assert z.var().item() == pytest.approx(1 / 3, abs=0.01)
    assert torch.equal(latent.project(3 * z), (3 * z).clamp(-1, 1))
    assert not latent.energy(z).any()


@pytest.mark.parametrize("shape", [(1, 30, 28), (1, 4, 4), (2,)])
def test_what_has_no_pyramid_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match=r"halved 2 times|only pictures"):
        Planes().fit_to(Space(shape, 0))


def test_sides_of_a_level() -> None:
    assert halved_sides((1, 28, 36), 2) == (7, 9)
