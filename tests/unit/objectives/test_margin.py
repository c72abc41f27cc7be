"""The loss-sensitive margin against its definition, pair by pair."""

from __future__ import annotations

import pytest
import torch

from sparring.objectives.margin import distances, margin_loss

REAL, FAKE = torch.tensor([2.0, 0.0]), torch.tensor([1.0, 1.0])


def test_distances_are_means_over_a_datums_numbers() -> None:
    x = torch.zeros(2, 3, 2, 2)
    fake = torch.stack([torch.full((3, 2, 2), 0.5), torch.ones(3, 2, 2).index_fill(0, torch.tensor(0), 0)])
    assert distances(x, fake).tolist() == pytest.approx([0.5, 2 / 3])
    assert distances(fake, x).equal(distances(x, fake))


def test_the_hinge_is_taken_of_each_pair_before_the_mean() -> None:
    """Pair 1 leads by 1, 0.5 more than asked; pair 2 lags by 1 and lacks 1.5; the means alone lack 0.5."""
    assert margin_loss(REAL, FAKE, torch.tensor([0.5, 0.5])).item() == pytest.approx(0.75)


def test_only_pairs_that_fall_short_teach_the_discriminator() -> None:
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    up, down = torch.autograd.grad(margin_loss(real, fake, torch.tensor([0.5, 0.5])), (real, fake))
    assert up.tolist() == [0.0, -0.5]
    assert down.tolist() == [0.0, 0.5]
