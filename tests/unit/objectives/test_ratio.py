"""b-GAN's pair: the ratio is matched by the Bregman divergence, whatever f it is made of."""

from __future__ import annotations

import pytest
import torch

from sparring.objectives.ratio import (
    Exponential,
    Logarithms,
    PositiveMap,
    Potential,
    RatioMatching,
    Softplus,
    Squares,
)

POTENTIALS = [Squares(), Logarithms()]
RATIO = torch.tensor([0.2, 0.9, 1.0, 2.5, 7.0], dtype=torch.float64)


@pytest.mark.parametrize("potential", POTENTIALS, ids=repr)
def test_slopes_are_those_of_the_potential_and_it_is_convex(potential: Potential) -> None:
    slope = torch.func.grad(lambda r: potential.value(r).sum())(RATIO)
    assert torch.allclose(potential.slope(RATIO), slope)
    assert (potential.slope(RATIO).diff() > 0).all()


@pytest.mark.parametrize("positive", [Softplus(), Exponential()], ids=repr)
def test_ratios_are_positive_and_rise_with_the_score(positive: PositiveMap) -> None:
    v = torch.linspace(-20, 20, 41)
    assert (positive(v) > 0).all()
    assert (positive(v).diff() > 0).all()


@pytest.mark.parametrize("match", POTENTIALS, ids=repr)
@pytest.mark.parametrize("share", [0.0, 0.2, 0.7])
def test_the_best_ratio_of_two_atoms_is_theirs(match: Potential, share: float) -> None:
    """p = (1/4, 3/4) and q = (5/8, 3/8) on two points: the loss is flat at p / m and higher around it."""
    p, q = torch.tensor([2, 6]) / 8, torch.tensor([5, 3]) / 8
    pair = RatioMatching(Exponential(), match, share=share)

    def loss(v: torch.Tensor) -> torch.Tensor:
        return pair.d(v.repeat_interleave((8 * p).int()), v.repeat_interleave((8 * q).int()))

    best = (p / (share * p + (1 - share) * q)).double().log()
    assert torch.func.grad(loss)(best).abs().max() < 1e-7
    around = torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1], [1, -1], [-1, 1]]).double() / 3
    assert all(loss(best + step) > loss(best) + 1e-3 for step in around)


def test_pearsons_pair_is_the_paper_s_up_to_a_constant() -> None:
    real, fake = torch.tensor([0.3, 1.0]), torch.tensor([-0.4, 0.1, 2.0])
    pair = RatioMatching(Exponential(), Squares(), Squares())
    expected = fake.exp().square().mean() / 2 - real.exp().mean()
    assert pair.d(real, fake).item() == pytest.approx(expected.item() + 0.5, rel=1e-6)
    assert pair.g(fake).item() == pytest.approx((fake.exp() - 1).square().mean().item() / 2, rel=1e-6)


def test_the_two_losses_are_not_one_with_its_sign_turned() -> None:
    """That would be f-GAN; and where r > 1 Pearson's f turns fakes away, which the other does not."""
    v = torch.tensor([1.0])
    pearson = RatioMatching(fit=Squares())
    discriminator = torch.func.grad(lambda fake: pearson.d(torch.zeros(1), fake))(v)
    assert not torch.allclose(torch.func.grad(pearson.g)(v), -discriminator)
    assert torch.func.grad(pearson.g)(v) > 0
    assert torch.func.grad(RatioMatching().g)(v) < 0


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_softplus_ratios_stay_finite(sign: float) -> None:
    v = torch.full((2,), sign * 80.0)
    pair = RatioMatching()
    assert pair.d(-v, v).isfinite()
    assert torch.func.grad(pair.g)(v).isfinite().all()
