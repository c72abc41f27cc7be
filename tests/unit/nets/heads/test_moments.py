"""The critic of moments: what it computes and when it cannot be built."""

from __future__ import annotations

import pytest
import torch

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families import mlp
from sparring.nets.heads.moments import MomentsCritic

POINTS = Space((3,), 2)


def _critic(mean: bool, rank: int) -> torch.nn.Module:
    torch.manual_seed(0)
    return MomentsCritic(mlp.Discriminator(8, 1, outputs=5), mean, rank)(POINTS)


def test_its_mean_is_the_mean_and_the_second_moment_of_features() -> None:
    net, x = _critic(True, 2), torch.randn(40, 3)
    phi = net.features(x)
    mean, covariance = net.parts
    moment = phi.T @ phi / len(x)
    expected = mean.v @ phi.mean(0) + torch.trace(covariance.U.T @ moment @ covariance.V)
    assert net(x).shape == (40,)
    assert torch.isclose(net(x).mean(), expected, rtol=1e-5)


def test_parts_can_be_left_out() -> None:
    assert [name for name, _ in _critic(True, 0).parts.named_parameters()] == ["0.v"]
    assert [name for name, _ in _critic(False, 2).parts.named_parameters()] == ["0.U", "0.V"]


def test_new_vectors_are_feasible_and_u_is_not_v() -> None:
    mean, covariance = _critic(True, 3).parts
    assert mean.v.norm().item() == pytest.approx(1)
    for matrix in (covariance.U, covariance.V):
        assert torch.allclose(matrix.T @ matrix, torch.eye(3), atol=1e-6)
    assert not torch.allclose(covariance.U, covariance.V)


@pytest.mark.parametrize(("mean", "rank"), [(False, 0), (True, 5), (True, -1)])
def test_a_critic_without_parts_or_of_too_high_rank_is_refused(mean: bool, rank: int) -> None:
    with pytest.raises(BadInput):
        _critic(mean, rank)
