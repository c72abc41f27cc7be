"""The distance between what was sent and what came back."""

from __future__ import annotations

import pytest
import torch

from sparring.objectives.reconstruction import mean_absolute_error


def test_absolute_is_a_mean_over_all_numbers() -> None:
    x = torch.zeros(2, 3, 4, 4)
    back = x.clone()
    back[0, 0] = -0.5
    assert mean_absolute_error(x, back).item() == pytest.approx(0.5 / 6)
    assert mean_absolute_error(back, x) == mean_absolute_error(x, back)
