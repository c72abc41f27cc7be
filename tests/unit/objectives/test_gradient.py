"""The second-order helper and the penalties built on it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sparring.objectives.gradient import input_gradient
from sparring.objectives.penalties import gradient_norms, one_centred_penalty, zero_centred_penalty


def _discriminator() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Softplus(), nn.Linear(8, 1), nn.Flatten(0))


def test_the_gradient_is_that_of_each_sample() -> None:
    net, x = _discriminator(), torch.randn(5, 3)
    slope = input_gradient(net, x)
    step = 1e-2
    for i in range(3):
        e = step * torch.eye(3)[i]
        quotient = (net(x + e) - net(x - e)) / (2 * step)
        assert torch.allclose(slope[:, i], quotient, atol=1e-3)


@pytest.mark.parametrize("penalty", [zero_centred_penalty, one_centred_penalty])
def test_second_order_agrees_with_finite_differences(penalty: object) -> None:
    """The penalty's gradient in every parameter; in float32 the quotient is good to a few per mille."""
    net, x = _discriminator(), torch.randn(50, 3)

    def loss() -> Tensor:
        return penalty(input_gradient(net, x))  # type: ignore[operator]

    parameters = list(net.parameters())
    gradients = torch.autograd.grad(loss(), parameters, allow_unused=True)
    torch.manual_seed(1)
    directions = [torch.randn_like(p) for p in parameters]
    slope = sum((g * d).sum() for g, d in zip(gradients, directions, strict=True) if g is not None)
    step, ends = 1e-2, []
    for sign in (1, -2):
        with torch.no_grad():
            for p, d in zip(parameters, directions, strict=True):
                p.add_(sign * step * d)
            ends.append(loss())
    assert slope.abs() > 0.01
    assert slope.item() == pytest.approx(((ends[0] - ends[1]) / (2 * step)).item(), rel=0.01)


def test_under_autocast_the_gradient_is_float32_and_tiny_slopes_stay() -> None:
    net, x = _discriminator(), torch.randn(5, 3)
    exact = input_gradient(net, x)
    with torch.autocast("cpu", torch.bfloat16):
        slope = input_gradient(net, x)
    assert slope.dtype == torch.float32
    assert (slope - exact).norm() < 0.02 * exact.norm()
    with torch.autocast("cpu", torch.bfloat16):
        tiny = input_gradient(lambda point: 1e-30 * net(point), x)
    assert (1e30 * tiny - exact).norm() < 0.02 * exact.norm()


def test_it_reaches_back_through_its_argument() -> None:
    x = torch.randn(5, 3, requires_grad=True)
    input_gradient(_discriminator(), x).square().sum().backward()
    assert x.grad is not None
    assert x.grad.abs().max() > 0


def test_running_statistics_are_refused_and_stay() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1), nn.Flatten(0))
    with pytest.raises(RuntimeError):
        input_gradient(net, torch.randn(5, 3))
    assert not net[1].running_mean.any()


def test_penalties_of_known_slopes() -> None:
    gradient = torch.tensor([[3.0, 4.0], [0.0, 2.0]])
    assert gradient_norms(gradient).tolist() == [5.0, 2.0]
    assert zero_centred_penalty(gradient).item() == pytest.approx((25 + 4) / 4)
    assert one_centred_penalty(gradient).item() == pytest.approx((16 + 1) / 2)


def test_numbers_of_a_picture_are_summed_and_samples_averaged() -> None:
    gradient = torch.randn(6, 3, 4, 5)
    assert torch.isclose(zero_centred_penalty(gradient), zero_centred_penalty(gradient.reshape(6, 60)))
    assert torch.isclose(zero_centred_penalty(gradient.repeat(2, 1, 1, 1)), zero_centred_penalty(gradient))
    assert gradient_norms(gradient).shape == (6,)


def test_a_flat_discriminator_gives_no_nan() -> None:
    net = _discriminator()
    with torch.no_grad():
        net[2].weight.zero_()
    loss = one_centred_penalty(input_gradient(net, torch.randn(5, 3)))
    assert loss.item() == 1
    gradients = torch.autograd.grad(loss, list(net.parameters()), allow_unused=True)
    assert all(g.isfinite().all() for g in gradients if g is not None)
