"""Pairs of losses against their definitions, and where the definitions would overflow."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sparring.objectives.adversarial import (
    Hinge,
    LeastSquares,
    LossPair,
    Minimax,
    NonSaturating,
    Relativistic,
    Softmax,
    Wasserstein,
)

REAL = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
FAKE = torch.tensor([-0.3, 0.7, 1.1], dtype=torch.float64)
PAIRS = [Minimax(), NonSaturating(), Wasserstein(), Relativistic()]


def _log_d(v: Tensor) -> Tensor:
    return torch.log(1 / (1 + torch.exp(-v)))


def _answer(pair: LossPair | Relativistic, real: Tensor, fake: Tensor) -> Tensor:
    return pair.g(real, fake) if isinstance(pair, Relativistic) else pair.g(fake)


def test_minimax_is_the_value_and_its_negative() -> None:
    value = (_log_d(REAL) + _log_d(-FAKE)).mean()
    assert torch.isclose(Minimax().d(REAL, FAKE), -value)
    assert torch.isclose(NonSaturating().d(REAL, FAKE), -value)
    assert torch.isclose(Minimax().g(FAKE), _log_d(-FAKE).mean())


def test_non_saturating_raises_the_log_probability_of_fakes() -> None:
    assert torch.isclose(NonSaturating().g(FAKE), -_log_d(FAKE).mean())


def test_an_undecided_discriminator_costs_log_4_and_log_2() -> None:
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
def test_losses_are_means(pair: LossPair | Relativistic) -> None:
    twice = (REAL.repeat(2), FAKE.repeat(2))
    assert torch.isclose(pair.d(*twice), pair.d(REAL, FAKE))
    assert torch.isclose(_answer(pair, *twice), _answer(pair, REAL, FAKE))


@pytest.mark.parametrize("pair", PAIRS, ids=repr)
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_huge_logits_overflow_nowhere(pair: LossPair | Relativistic, sign: float) -> None:
    v = torch.full((2,), sign * 1e4, requires_grad=True)
    for loss in (pair.d(-v, v), _answer(pair, -v, v)):
        (slope,) = torch.autograd.grad(loss, v)
        assert loss.isfinite()
        assert slope.isfinite().all()


@pytest.mark.parametrize("pair", PAIRS, ids=repr)
def test_the_discriminator_wants_real_high_and_fakes_low_and_the_generator_fakes_high(
    pair: LossPair | Relativistic,
) -> None:
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    up, down = torch.autograd.grad(pair.d(real, fake), (real, fake))
    assert (up < 0).all()
    assert (down > 0).all()
    (want,) = torch.autograd.grad(_answer(pair, REAL, fake), fake)
    assert (want < 0).all()


def test_least_squares_halves_both_sides() -> None:
    pair = LeastSquares(a=-1.0, b=1.0, c=0.25)
    d = ((REAL - 1) ** 2).mean() / 2 + ((FAKE + 1) ** 2).mean() / 2
    assert torch.isclose(pair.d(REAL, FAKE), d)
    assert torch.isclose(pair.g(FAKE), ((FAKE - 0.25) ** 2).mean() / 2)
    assert LeastSquares().d(torch.ones(2), torch.zeros(2)) == 0
    assert LeastSquares().g(torch.ones(2)) == 0


def test_least_squares_pulls_back_what_is_on_the_wrong_side_of_its_target() -> None:
    """A fake scored 6 is still pulled by 5 towards the data's 1; the GAN's loss leaves it alone."""
    v = torch.tensor([6.0])
    assert torch.func.grad(LeastSquares().g)(v).item() == pytest.approx(5.0)
    assert abs(torch.func.grad(NonSaturating().g)(v).item()) == pytest.approx(0.0025, abs=1e-4)


def test_hinge_teaches_the_discriminator_inside_its_margins_alone() -> None:
    pair, real, fake = Hinge(), torch.tensor([0.5, 3.0]), torch.tensor([-0.5, -3.0])
    assert pair.d(real, fake).item() == pytest.approx(0.25 + 0.25)
    up, down = torch.func.grad(pair.d, argnums=(0, 1))(real, fake)
    assert up.tolist() == [-0.5, 0.0]
    assert down.tolist() == [0.5, 0.0]
    assert torch.func.grad(pair.g)(fake).tolist() == [-0.5, -0.5]


def test_softmax_shares_one_normaliser_over_both_batches() -> None:
    both, pair = torch.cat([REAL, FAKE[:2]]), Softmax()
    shares = both.exp() / both.exp().sum()
    assert torch.isclose(pair.d(REAL, FAKE[:2]), -shares[:3].log().mean())
    assert torch.isclose(pair.g(REAL, FAKE[:2]), -shares.log().mean())
    assert torch.isclose(pair.d(REAL + 50, FAKE + 50), pair.d(REAL, FAKE))


def test_softmax_leaves_equal_scores_alone_and_pulls_fakes_up_to_the_data() -> None:
    pair, level = Softmax(), torch.full((3,), 1.7)
    for slope in torch.func.grad(pair.g, argnums=(0, 1))(level, level):
        assert slope.abs().max() < 1e-7
    assert (torch.func.grad(pair.g, argnums=1)(level, level - 1) < 0).all()
    up, down = torch.func.grad(pair.d, argnums=(0, 1))(level, level)
    assert (up < 0).all()
    assert (down > 0).all()


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_softmax_does_not_overflow(sign: float) -> None:
    v = torch.full((2,), sign * 1e4)
    for loss in (Softmax().d, Softmax().g):
        assert loss(-v, v).isfinite()
        assert all(slope.isfinite().all() for slope in torch.func.grad(loss, argnums=(0, 1))(-v, v))
