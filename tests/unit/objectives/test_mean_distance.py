"""Feature matching compares means."""

from __future__ import annotations

import pytest
import torch

from sparring.objectives.matching import mean_distance


def test_it_is_the_squared_distance_of_the_means() -> None:
    real, fake = torch.tensor([[1.0, 0.0], [3.0, 2.0]]), torch.tensor([[0.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
    assert mean_distance(real, fake).item() == pytest.approx(2**2 + 0**2)


def test_rows_are_no_pairs() -> None:
    real = torch.randn(16, 5, generator=torch.Generator().manual_seed(0))
    order = torch.randperm(16, generator=torch.Generator().manual_seed(1))
    assert (real - real[order]).square().sum() > 1
    assert mean_distance(real, real[order]) < 1e-10


def test_its_slope_is_that_of_the_mean() -> None:
    """d/df_i |mean f - m|^2 = 2 (mean f - m) / n, the same for every fake."""
    real, fake = torch.zeros(4, 3), torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    slope = torch.func.grad(lambda f: mean_distance(real, f))(fake)
    assert torch.allclose(slope, (2 * fake.mean(0) / 8).expand(8, 3), atol=1e-6)
