"""Pairs of losses against their definitions, and where the definitions would overflow."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sparring.objectives.adversarial import Minimax, NonSaturating, Pair, Relativistic, Wasserstein

REAL = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
FAKE = torch.tensor([-0.3, 0.7, 1.1], dtype=torch.float64)
PAIRS = [Minimax(), NonSaturating(), Wasserstein(), Relativistic()]


def _log_d(v: Tensor) -> Tensor:
    return torch.log(1 / (1 + torch.exp(-v)))


def _answer(pair: Pair | Relativistic, real: Tensor, fake: Tensor) -> Tensor:
    return pair.g(real, fake) if isinstance(pair, Relativistic) else pair.g(fake)


def test_minimax_is_the_value_and_its_negative() -> None:
    value = (_log_d(REAL) + _log_d(-FAKE)).mean()
    assert torch.isclose(Minimax().d(REAL, FAKE), -value)
    assert torch.isclose(NonSaturating().d(REAL, FAKE), -value)
    assert torch.isclose(Minimax().g(FAKE), _log_d(-FAKE).mean())


def test_non_saturating_raises_the_log_probability_of_fakes() -> None:
    assert torch.isclose(NonSaturating().g(FAKE), -_log_d(FAKE).mean())


def test_an_undecided_critic_costs_log_4_and_log_2() -> None:
    zeros = torch.zeros(3)
    assert NonSaturating().d(zeros, zeros).item() == pytest.approx(math.log(4))
    assert NonSaturating().g(zeros).item() == pytest.approx(math.log(2))
    assert Relativistic().d(zeros, zeros).item() == pytest.approx(math.log(2))


def test_wasserstein_is_zero_sum() -> None:
    d, g = Wasserstein().d(REAL, FAKE), Wasserstein().g(FAKE)
    assert torch.isclose(-d, REAL.mean() - FAKE.mean())
    assert torch.isclose(d + g, -REAL.mean())


def test_relativistic_compares_pairs_and_swaps_roles() -> None:
    pair = Relativistic()
    assert torch.isclose(pair.d(REAL, FAKE), -_log_d(REAL - FAKE).mean())
    assert torch.isclose(pair.g(REAL, FAKE), pair.d(FAKE, REAL))
    assert torch.isclose(pair.d(REAL + 5, FAKE + 5), pair.d(REAL, FAKE))


@pytest.mark.parametrize("pair", PAIRS, ids=repr)
def test_losses_are_means(pair: Pair | Relativistic) -> None:
    twice = (REAL.repeat(2), FAKE.repeat(2))
    assert torch.isclose(pair.d(*twice), pair.d(REAL, FAKE))
    assert torch.isclose(_answer(pair, *twice), _answer(pair, REAL, FAKE))


@pytest.mark.parametrize("pair", PAIRS, ids=repr)
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_huge_logits_overflow_nowhere(pair: Pair | Relativistic, sign: float) -> None:
    v = torch.full((2,), sign * 1e4, requires_grad=True)
    for loss in (pair.d(-v, v), _answer(pair, -v, v)):
        (slope,) = torch.autograd.grad(loss, v)
        assert loss.isfinite()
        assert slope.isfinite().all()


@pytest.mark.parametrize("pair", PAIRS, ids=repr)
def test_the_critic_wants_real_high_and_fakes_low_and_the_generator_fakes_high(
    pair: Pair | Relativistic,
) -> None:
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    up, down = torch.autograd.grad(pair.d(real, fake), (real, fake))
    assert (up < 0).all()
    assert (down > 0).all()
    (want,) = torch.autograd.grad(_answer(pair, REAL, fake), fake)
    assert (want < 0).all()
