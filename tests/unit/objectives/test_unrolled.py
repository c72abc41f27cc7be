"""Virtual descent against recursions worked out on paper, in double precision."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sparring.objectives.unrolled import Scores, unroll

RATE = 0.1


def _answered(g: float, steps: int, psi: float = 0.7) -> tuple[float, float]:
    """psi_K and its slope in g, where psi descends (psi g - 1)^2 + psi^2 / 2."""
    slope = 0.0
    for _ in range(steps):
        slope -= RATE * (2 * (slope * g + psi) * g + 2 * (psi * g - 1) + slope)
        psi -= RATE * (2 * (psi * g - 1) * g + psi)
    return psi, slope


def _value(psi: float, g: float) -> float:
    return (psi * g - 1) ** 2 + psi**2 / 2


def _scalar() -> nn.Module:
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, 0.7)
    return net.requires_grad_(False)


def _gradient(g: float, steps: int) -> tuple[float, float]:
    """The value at the descended discriminator and its gradient in g, by the library."""
    one, point = torch.ones(1, 1), torch.tensor(g, requires_grad=True)

    def value(discriminator: Scores) -> Tensor:
        return ((discriminator(one * point) - 1).square() + discriminator(one).square() / 2).sum()

    found = value(unroll(_scalar(), value, steps, RATE))
    (slope,) = torch.autograd.grad(found, point)
    return found.item(), slope.item()


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("g", [-0.5, 1.3])
def test_the_unrolled_gradient_is_that_of_finite_differences(g: float, steps: int) -> None:
    def foreseen(at: float) -> float:
        return _value(_answered(at, steps)[0], at)

    value, slope = _gradient(g, steps)
    assert value == pytest.approx(foreseen(g), abs=1e-5)
    assert slope == pytest.approx((foreseen(g + 1e-5) - foreseen(g - 1e-5)) / 2e-5, abs=1e-4)


def test_the_truncated_gradient_is_another() -> None:
    """2 (psi_K g - 1) psi_K leaves out what the answer itself owes to g."""
    g = -0.5
    psi, owed = _answered(g, 5)
    truncated = 2 * (psi * g - 1) * psi
    slope = _gradient(g, 5)[1]
    assert abs(slope - truncated) > 0.5
    assert slope == pytest.approx(truncated + (2 * (psi * g - 1) * g + psi) * owed, abs=1e-4)


def test_a_net_of_many_weights_takes_the_same_steps_as_an_optimiser() -> None:
    torch.manual_seed(0)
    net, x = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)), torch.randn(7, 2)
    before = [weight.clone() for weight in net.parameters()]
    foreseen = unroll(net, lambda discriminator: discriminator(x).square().mean(), 3, 0.5)(x)
    assert all(weight.equal(old) for weight, old in zip(net.parameters(), before, strict=True))
    optimiser = torch.optim.SGD(net.parameters(), 0.5)
    for _ in range(3):
        optimiser.zero_grad()
        net(x).square().mean().backward()
        optimiser.step()
    assert torch.allclose(foreseen, net(x), atol=1e-6)
