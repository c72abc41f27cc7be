from __future__ import annotations

import pytest
import torch

from sparring import zoo
from sparring.core.batch import Batch
from sparring.core.errors import BadInput
from sparring.core.latent import Normal, Sphere, Uniform
from sparring.practice.catalogue import apply_practices
from sparring.practice.priors import CheckPixelRange


def batch(x: torch.Tensor) -> Batch:
    return Batch(x=x, z=torch.zeros(len(x), 1), u=torch.zeros(len(x), 1, 1, 1))


def test_pictures_in_their_range_pass():
    CheckPixelRange()(torch.nn.ModuleDict(), lambda: batch(torch.rand(4, 1, 8, 8) * 2 - 1))
    CheckPixelRange()(torch.nn.ModuleDict(), lambda: batch(torch.rand(4, 2) * 9))  # points have none


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-2.0, 1.0), (0.0, 255.0)])
def test_pictures_out_of_range_are_refused(low, high):
    with pytest.raises(BadInput, match="scale them"):
        CheckPixelRange()(torch.nn.ModuleDict(), lambda: batch(torch.rand(4, 1, 8, 8) * (high - low) + low))


@pytest.mark.parametrize(("kind", "prior"), [("normal", Normal), ("sphere", Sphere), ("uniform", Uniform)])
def test_priors_keep_the_latents_size(kind, prior):
    assert apply_practices(zoo.get("dcgan"), [f"prior={kind}"]).latent == prior(100)


def test_normal_and_sphere_have_one_radius_and_the_cube_another():
    noise = torch.Generator().manual_seed(0)
    norms = {p: p(100).sample(2000, noise).norm(dim=1) for p in (Normal, Sphere, Uniform)}
    assert norms[Normal].mean() == pytest.approx(10, rel=0.02)
    assert torch.allclose(norms[Sphere], torch.full((2000,), 10.0), atol=1e-4)
    assert norms[Uniform].mean() == pytest.approx((100 / 3) ** 0.5, rel=0.02)


def test_the_sphere_is_even_and_projects_onto_itself():
    z = Sphere(3).sample(4000, torch.Generator().manual_seed(0))
    assert z.mean(0).abs().max() < 0.08
    assert torch.allclose(z.square().mean(0), torch.ones(3), atol=0.08)
    assert torch.allclose(Sphere(3).project(5 * z), z, atol=1e-6)
    assert not Sphere(3).energy(z).any()


def test_codes_are_no_plain_noise():
    with pytest.raises(BadInput, match="not plain noise"):
        apply_practices(zoo.get("infogan"), ["prior=sphere"])
