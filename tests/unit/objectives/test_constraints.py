"""Weight clipping, projection, retraction: what they bound and what they leave."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sparring.objectives.constraints import Clip, orthonormalise, project_to_ball


def test_weights_and_biases_are_bounded_and_small_ones_kept() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Linear(4, 2))
    with torch.no_grad():
        net[1].bias.copy_(torch.tensor([0.005, -7.0]))
    Clip(0.01)(net)
    assert all(p.abs().max() <= 0.01 for p in net.parameters())
    assert torch.allclose(net[1].bias, torch.tensor([0.005, -0.01]))


def test_normalisation_is_left_alone() -> None:
    net = nn.Sequential(nn.BatchNorm2d(4), nn.GroupNorm(1, 4), nn.LayerNorm(4))
    net[0](torch.randn(5, 4, 2, 2) + 3)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    Clip(0.01)(net)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert all(p.requires_grad for p in net.parameters())


def test_the_ball_shortens_what_is_long_and_keeps_what_is_short() -> None:
    assert torch.allclose(project_to_ball(torch.tensor([3.0, 4.0])), torch.tensor([0.6, 0.8]))
    assert project_to_ball(torch.tensor([0.3, 0.4])).tolist() == pytest.approx([0.3, 0.4])
    assert project_to_ball(torch.zeros(2)).tolist() == [0.0, 0.0]


def test_retracted_columns_are_orthonormal_and_span_the_same() -> None:
    matrix = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = orthonormalise(matrix)
    assert torch.allclose(found.T @ found, torch.eye(3, dtype=torch.float64))
    assert torch.allclose(found @ (found.T @ matrix), matrix)


def test_retraction_keeps_an_orthonormal_matrix_and_moves_a_near_one_little() -> None:
    start = orthonormalise(torch.randn(6, 3, generator=torch.Generator().manual_seed(0)))
    assert torch.allclose(orthonormalise(start), start, atol=1e-6)
    assert torch.allclose(orthonormalise(-start), -start, atol=1e-6)
    nudge = 1e-3 * torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    assert (orthonormalise(start + nudge) - start).abs().max() < 1e-2
