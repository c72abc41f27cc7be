"""Discriminators made of coin tosses against the entropy of a coin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from sparring.core.errors import BadInput
from sparring.core.space import Space
from sparring.nets.families import mlp
from sparring.nets.heads.experts import ExpertsDiscriminator

SPACE = Space((2,), 5)


@dataclass(frozen=True)
class Same:
    """Builds x -> x: the data are the votes."""

    outputs: int = 2

    def __call__(self, space: Space) -> nn.Module:
        return nn.Identity()


def _coin(p: float) -> float:
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


def test_the_score_is_minus_the_coins_entropies() -> None:
    p = torch.tensor([[0.5, 0.5], [0.1, 0.8]], dtype=torch.float64)
    score = ExpertsDiscriminator(Same())(SPACE)(p.logit())
    assert score[0].item() == pytest.approx(-2 * math.log(2))
    assert score[1].item() == pytest.approx(-_coin(0.1) - _coin(0.8))


def test_sure_experts_have_no_energy_and_no_infinite_slope() -> None:
    votes = torch.tensor([[200.0, -200.0], [0.0, 0.0]], requires_grad=True)
    score = ExpertsDiscriminator(Same())(SPACE)(votes)
    assert score[0] == 0
    score.sum().backward()
    assert torch.isfinite(votes.grad).all()


def test_the_energy_is_bounded_whatever_the_data() -> None:
    net = ExpertsDiscriminator(mlp.Discriminator(16, 1, outputs=7))(SPACE)
    score = net(1000 * torch.randn(100, 2))
    assert net.votes(torch.randn(3, 2)).shape == (3, 7)
    assert score.shape == (100,)
    assert score.max() <= 0
    assert score.min() >= -7 * math.log(2)


def test_one_expert_is_no_panel() -> None:
    with pytest.raises(BadInput, match="at least 2 experts"):
        ExpertsDiscriminator(mlp.Discriminator())(SPACE)
