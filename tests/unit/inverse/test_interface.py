"""`inverse.solve`: any generator, any operator."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sparring.core.errors import BadInput
from sparring.inverse.interface import solve
from sparring.inverse.operators.linear import Downsample


@pytest.fixture
def generator() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 144), nn.Tanh(), nn.Unflatten(1, (1, 12, 12)))


class Blur:
    """The protocol of DeepInverse's `LinearPhysics`: `A`, its adjoint, and a call that adds noise."""

    def A(self, x: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(x, 3, 1, 1)

    def A_adjoint(self, y: Tensor) -> Tensor:
        return self.A(y)

    def __call__(self, x: Tensor) -> Tensor:
        return self.A(x) + torch.randn_like(x)


@pytest.mark.parametrize("operator", [Downsample(2), lambda x: x[..., 3:9, 3:9], Blur()])
def test_a_picture_of_the_generator_is_recovered(generator, operator):
    x = generator(torch.randn(2, 4)).detach()
    y = operator.A(x) if isinstance(operator, Blur) else operator(x)
    solution = solve(generator, operator, y, latent=4, method="faithful")
    assert (solution.raw - x).square().mean().sqrt() < 0.03
    assert solution.residual.max() < 0.03


def test_a_function_serves_as_generator(generator):
    x = generator(torch.randn(1, 4)).detach()
    one, other = (solve(G, lambda x: x, x, latent=4, steps=20) for G in (generator, lambda z: generator(z)))
    assert torch.equal(one.z, other.z)


def test_missing_values_are_never_read(generator):
    x = generator(torch.randn(1, 4)).detach()
    hole = torch.zeros(1, 12, 12, dtype=torch.bool)
    hole[:, 4:8, 4:8] = True
    spoilt = torch.where(hole[:, None], torch.nan, x)
    one, other = (solve(generator, lambda x: x, y, latent=4, missing=hole, steps=20) for y in (x, spoilt))
    assert torch.equal(one.raw, other.raw)


@pytest.mark.parametrize(
    ("changes", "telling"),
    [
        ({"method": "yeh2017"}, "give one, or another method"),
        ({"method": "best"}, "no preset 'best'"),
        ({"y": torch.zeros(12, 12)}, "has shape"),
        ({"steps": -1}, "at least"),
    ],
)
def test_bad_input_is_named(generator, changes, telling):
    given = {"y": torch.zeros(1, 1, 12, 12), "latent": 4, **changes}
    with pytest.raises(BadInput, match=telling):
        solve(generator, lambda x: x, **given)
