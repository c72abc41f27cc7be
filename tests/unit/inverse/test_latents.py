"""Ways between latents: endpoints, lengths, distributions."""

from __future__ import annotations

import pytest
import torch

from sparring.core.codes import Codes
from sparring.core.errors import BadInput
from sparring.core.labels import Labels
from sparring.core.latent import Normal, Uniform
from sparring.inverse.latents import Interpolation, interpolate, lerp, rescaled, slerp, slerp_uniform

T = torch.linspace(0, 1, 9)


def draws(latent, n=500):
    z = latent.sample(2 * n, torch.Generator().manual_seed(0))
    return z[:n], z[n:]


@pytest.mark.parametrize(
    ("join", "latent"), [(slerp, Normal()), (lerp, Normal()), (slerp_uniform, Uniform())]
)
def test_ends_are_met(join, latent):
    a, b = draws(latent)
    way = join(a, b, T)
    assert way.shape == (500, 9, 100)
    assert way.dtype == torch.float32
    assert (way[:, 0] - a).abs().max() < 1e-6
    assert (way[:, -1] - b).abs().max() < 1e-6


def test_the_sphere_keeps_the_length_and_the_straight_way_loses_it():
    a, b = draws(Normal())
    prior = 100**0.5
    assert float(slerp(a, b, T)[:, 4].norm(dim=1).mean()) / prior == pytest.approx(1.0, abs=0.02)
    assert float(lerp(a, b, T)[:, 4].norm(dim=1).mean()) / prior == pytest.approx(0.70, abs=0.02)


def test_a_quarter_circle():
    a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    angle = T * torch.pi / 2
    assert torch.allclose(slerp(a, b, T)[0], torch.stack([angle.cos(), angle.sin()], 1), atol=1e-6)


def test_where_there_is_no_circle_the_way_is_straight():
    a = torch.tensor([[3.0, 4.0], [3.0, 4.0], [3.0, 4.0], [0.0, 0.0]])
    b = torch.tensor([[6.0, 8.0], [-3.0, -4.0], [3.0, 4.0], [3.0, 4.0]])
    assert torch.allclose(slerp(a, b, T), lerp(a, b, T))
    assert torch.isfinite(slerp(a, b, T)).all()


def test_the_way_between_uniform_latents_stays_uniform():
    """The middle of the way has the variance of U[-1, 1]; that of the straight one half of it."""
    a, b = draws(Uniform())
    middle = slerp_uniform(a, b, T)[:, 4]
    assert float(middle.var()) == pytest.approx(1 / 3, rel=0.03)
    assert float(lerp(a, b, T)[:, 4].var()) == pytest.approx(1 / 6, rel=0.03)
    assert torch.isfinite(slerp_uniform(torch.ones(1, 3), torch.tensor([[1.0, -1.0, 0.5]]), T)).all()


def test_each_prior_has_its_way():
    for latent, join in ((Normal(), slerp), (Uniform(), slerp_uniform)):
        a, b = draws(latent, 3)
        assert torch.equal(interpolate(latent, a, b, T), join(a, b, T))
        assert torch.equal(interpolate(latent, a, b, T, Interpolation.STRAIGHT), lerp(a, b, T))
    codes = Codes()
    a, b = draws(codes, 3)
    on = interpolate(codes, a, b, T)
    assert on.shape == (3, 9, 74)
    assert torch.allclose(codes.project(on[:, 4]), on[:, 4])  # a choice is one category all the way


def test_noise_goes_its_own_way_beside_a_label():
    latent = Labels(Normal(100), (0.25,) * 4)
    a, b = draws(latent, 3)
    on = interpolate(latent, a, b, T)
    assert torch.equal(on[..., :100], slerp(a[:, :100], b[:, :100], T))
    assert torch.equal(on[:, :4, 100:], a[:, None, 100:].expand(3, 4, 4))
    assert torch.equal(on[:, 5:, 100:], b[:, None, 100:].expand(3, 4, 4))
    brought = rescaled(latent, torch.cat([0.5 * a[:, :100], a[:, 100:] + 0.1], 1))
    assert torch.allclose(brought[:, :100].norm(dim=1), torch.tensor(10.0))
    assert torch.equal(brought[:, 100:], a[:, 100:])


def test_a_mean_of_three_is_short_and_is_brought_back():
    z = Normal().sample(900, torch.Generator().manual_seed(0)).view(300, 3, 100).mean(1)
    assert float(z.norm(dim=1).mean()) / 10 == pytest.approx(0.58, abs=0.01)
    assert torch.allclose(rescaled(Normal(), z).norm(dim=1), torch.tensor(10.0))
    assert (rescaled(Uniform(), 9 * z).abs() <= 1).all()


def test_other_shapes_are_refused():
    with pytest.raises(BadInput, match="equally many"):
        slerp(torch.zeros(2, 3), torch.zeros(3, 3), T)
