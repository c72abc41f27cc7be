"""The entropy of a batch's mean answers."""

from __future__ import annotations

import math

import pytest
import torch

from sparring.objectives.entropy import PROBABILITY_MARGIN, marginal_entropy


def test_the_mean_over_the_batch_comes_before_the_entropy() -> None:
    votes = torch.tensor([[30.0, -30.0], [-30.0, 30.0]])  # sure of each, divided over all
    assert marginal_entropy(votes).item() == pytest.approx(2 * math.log(2))
    alike = torch.tensor([[30.0, -30.0], [30.0, -30.0]])  # sure of each, and alike
    assert marginal_entropy(alike).item() < 0.01


def test_against_the_formula() -> None:
    p = torch.tensor([[0.1, 0.6], [0.3, 0.6], [0.2, 0.9]])
    mean = [0.2, 0.7]
    expected = sum(-m * math.log(m) - (1 - m) * math.log(1 - m) for m in mean)
    assert marginal_entropy(p.logit()).item() == pytest.approx(expected, rel=1e-5)


def test_sure_experts_have_a_finite_slope() -> None:
    votes = torch.full((4, 3), 1000.0, requires_grad=True)
    entropy = marginal_entropy(votes)
    assert entropy.item() == pytest.approx(
        3 * (-PROBABILITY_MARGIN * math.log(PROBABILITY_MARGIN) + PROBABILITY_MARGIN), rel=1e-2
    )
    assert torch.isfinite(torch.autograd.grad(entropy, votes)[0]).all()
