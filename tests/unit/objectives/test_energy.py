"""The hinge on energies and the pulling-away term against their definitions."""

from __future__ import annotations

from itertools import permutations

import pytest
import torch

from sparring.objectives.energy import EnergyMargin, pulling_away


def test_the_hinge_is_taken_of_each_fake_and_not_of_their_mean() -> None:
    fake = -torch.tensor([0.0, 2.0])  # energies around a margin of 1, which is their mean
    assert EnergyMargin(1.0).d(-torch.tensor([0.25, 0.75]), fake) == 0.5 + 0.5


def test_the_discriminator_leaves_fakes_above_the_margin_and_the_generator_does_not() -> None:
    fake = -torch.tensor([0.5, 3.0], requires_grad=True)
    pair = EnergyMargin(1.0)
    slope = torch.autograd.grad(pair.d(torch.zeros(2), fake), fake)[0]
    assert slope.tolist() == [0.5, 0.0]  # a higher score of the low fake costs
    slope = torch.autograd.grad(pair.g(fake), fake)[0]
    assert slope.tolist() == [-0.5, -0.5]


def test_the_margin_may_be_remembered_by_a_net() -> None:
    real, fake = -torch.rand(5), -torch.rand(5)
    assert EnergyMargin(torch.tensor(0.5)).d(real, fake) == EnergyMargin(0.5).d(real, fake)


def test_pulling_away_of_parallel_and_orthogonal_codes() -> None:
    code = torch.tensor([[3.0, 4.0]])
    assert pulling_away(torch.cat([code, code, 2 * code])).item() == pytest.approx(1)
    assert pulling_away(torch.cat([code, -code])).item() == pytest.approx(1)  # squared: opposite is parallel
    assert pulling_away(torch.diag(torch.tensor([1.0, 5.0, 0.1]))) == 0


def test_pulling_away_is_the_mean_over_ordered_pairs() -> None:
    code = torch.randn(6, 4)
    pairs = [torch.cosine_similarity(a, b, 0).item() ** 2 for a, b in permutations(code, 2)]
    assert pulling_away(code).item() == pytest.approx(sum(pairs) / 30, rel=1e-5)


def test_pulling_away_of_one_code_and_of_none_of_length_is_finite() -> None:
    assert pulling_away(torch.randn(1, 4)) == 0
    code = torch.zeros(3, 4, requires_grad=True)
    assert torch.isfinite(torch.autograd.grad(pulling_away(code), code)[0]).all()
