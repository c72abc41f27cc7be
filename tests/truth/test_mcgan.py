"""McGAN's discriminator with Phi(x) = (x, 0) on p = N(0, [[1, .9], [.9, 1]]) and q = N(0, I), in closed form.

The means agree.  The second moments differ by [[0, .9], [.9, 0]], whose singular values are .9 and .9.  The
third feature, always 0, lets k be 2.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from sparring.core.batch import Batch
from sparring.core.latent import Normal
from sparring.core.optim import RMSProp
from sparring.core.recipe import After
from sparring.core.space import Space
from sparring.engine.game import Game
from sparring.nets.families import mlp
from sparring.nets.heads.moments import MomentsCritic
from sparring.objectives.adversarial import Wasserstein
from sparring.zoo.mcgan import ProjectOntoConstraints, mcgan

MIX = torch.linalg.cholesky(torch.tensor([[1.0, 0.9], [0.9, 1.0]])).T


def _padded(space: Space) -> nn.Module:
    return nn.ConstantPad1d((0, 1), 0.0)


def _draw(n: int, source: torch.Generator) -> Batch:
    x, z = (torch.randn(n, 2, generator=source) for _ in range(2))
    return Batch(x=x @ MIX, z=z, u=torch.rand(n, 1, generator=source))


def _game(*, mean: bool, rank: int, after: After | None, rate: float = 1e-2) -> Game:
    turn = replace(mcgan.turns["D"], repeat=1, optim=RMSProp(rate), after=after)
    nets = {"G": lambda space: nn.Identity(), "D": MomentsCritic(_padded, mean, rank)}
    return Game(replace(mcgan, nets=nets, turns={"D": turn}, averages={}, latent=Normal(2)), Space((2,), 2))


def _distance(game: Game, rounds: int = 400) -> float:
    """What the discriminator measures after its training, on a large fresh batch."""
    source = torch.Generator().manual_seed(1)
    for _ in range(rounds):
        game.round(lambda: _draw(256, source))
    b = _draw(200_000, source)
    with torch.no_grad():
        return -Wasserstein().d(game.nets["D"](b.x), game.nets["D"](b.z)).item()


@pytest.mark.parametrize(("mean", "rank", "distance"), [(True, 0, 0.0), (False, 1, 0.9), (False, 2, 1.8)])
def test_the_distance_of_means_and_the_ky_fan_norm_of_the_moments(
    mean: bool, rank: int, distance: float
) -> None:
    game = _game(mean=mean, rank=rank, after=ProjectOntoConstraints())
    assert _distance(game) == pytest.approx(distance, abs=0.05)


def test_without_retraction_there_is_no_bound() -> None:
    assert _distance(_game(mean=False, rank=2, after=None)) > 3 * 1.8


def test_one_matrix_for_both_sides_would_lose_a_difference_of_either_sign() -> None:
    """trace U^T D U is 0 for k = 2 with D = [[0, .9], [.9, 0]]; U and V apart reach 1.8."""
    game = _game(mean=False, rank=2, after=ProjectOntoConstraints())
    _distance(game)
    part = game.nets["D"].parts[0]
    difference = MIX.T @ MIX - torch.eye(2)

    def value(left: Tensor, right: Tensor) -> float:
        return torch.trace(left[:2].T @ difference @ right[:2]).item()

    assert value(part.U, part.U) == pytest.approx(0, abs=0.05)
    assert value(part.U, part.V) == pytest.approx(1.8, abs=0.05)


def test_feasible_clips_phi_projects_v_and_retracts_u_and_v() -> None:
    net = MomentsCritic(mlp.Discriminator(8, 1, outputs=6), rank=3)(Space((2,), 2))
    with torch.no_grad():
        for weight in net.parameters():
            weight.add_(torch.randn_like(weight))
        ProjectOntoConstraints()(net)
    mean, covariance = net.parts
    assert all(weight.abs().max() <= 0.01 for weight in net.phi.parameters())
    assert mean.v.norm() <= 1 + 1e-6
    assert mean.v.abs().max() > 0.01
    for matrix in (covariance.U, covariance.V):
        assert torch.allclose(matrix.T @ matrix, torch.eye(3), atol=1e-5)
