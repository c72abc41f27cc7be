import numpy as np
import pytest
import torch

from sparring.diagnostics import balance
from sparring.diagnostics.constants import EVEN_G, certain_loss, even_loss, optimal_discriminator


def test_the_losses_of_an_even_game():
    assert even_loss() == pytest.approx(1.3863, abs=5e-5)
    assert even_loss(0.9, 0.0) == pytest.approx(1.3763, abs=5e-5)
    assert even_loss(0.9, 0.1) == pytest.approx(1.3863, abs=5e-5)
    assert pytest.approx(0.6931, abs=5e-5) == EVEN_G
    assert certain_loss() == 0
    assert certain_loss(0.9) == pytest.approx(0.3251, abs=5e-5)
    assert optimal_discriminator([1, 3, 1], [1, 1, 0]).tolist() == [0.5, 0.75, 1]
    assert optimal_discriminator(1.0, 1.0, 0.9) == pytest.approx(0.45)
    assert np.isnan(optimal_discriminator(0.0, 0.0))


@pytest.mark.parametrize("targets", [(1.0, 0.0), (0.9, 0.0), (0.9, 0.1)])
def test_the_level_is_0_where_the_best_discriminator_knows_nothing_and_1_where_it_knows_all(targets):
    a, b = targets
    even = np.full(10, np.log((a + b) / (2 - a - b)))
    assert balance.divergence_level(even, even, targets) == pytest.approx(0)
    sure = [np.full(10, np.log(t / (1 - t)) if 0 < t < 1 else 60 * (2 * t - 1)) for t in targets]
    assert balance.divergence_level(*sure, targets) == pytest.approx(1)
    assert balance.divergence_level(*sure[::-1], targets) < 0


def test_the_level_is_the_divergence_of_two_gaussians():
    x = np.linspace(-12, 12, 20001)
    p, q = (np.exp(-((x - m) ** 2) / 2) / np.sqrt(2 * np.pi) for m in (-1, 1))
    mid = (p + q) / 2
    truth = float(np.trapezoid(p * np.log(p / mid) + q * np.log(q / mid), x) / 2 / np.log(2))
    draw = np.random.default_rng(0).standard_normal((2, 40_000))
    real, fake = draw[0] - 1, draw[1] + 1
    assert balance.divergence_level(-2 * real, -2 * fake) == pytest.approx(truth, abs=0.01)


def test_accuracy_and_signal_by_hand():
    assert balance.accuracy([1, 2, -1, 3], [-1, -1, -1, 1]) == 0.75
    assert balance.accuracy([0.0, 0.0], [0.0]) == 0.5
    assert np.isnan(balance.accuracy([np.nan], [0.0]))
    assert balance.gradient_signal([-8.0], saturating=True) == pytest.approx(1 / (1 + np.exp(8)))
    ratio = balance.gradient_signal([-8.0], saturating=False) / balance.gradient_signal(
        [-8.0], saturating=True
    )
    assert ratio == pytest.approx(2981, rel=1e-3)


def test_the_slope_is_each_samples_own():
    x = torch.randn(16, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad((3 * x[:, 0] - 4 * x[:, 1]).mean(), x)
    assert balance.gradient_norm(gradient) == pytest.approx(5, rel=1e-6)


def test_a_fresh_classifiers_auc_varies_as_chance_does():
    found = []
    for seed in range(12):
        parts = np.random.default_rng(seed).standard_normal((4, 256, 3))
        found.append(balance.two_sample_auc(*parts))
    assert np.mean(found) == pytest.approx(0.5, abs=0.012)
    assert np.std(found) == pytest.approx(0.0255, abs=0.009)


def test_a_fresh_classifier_sees_what_a_weak_discriminator_does_not():
    draw = np.random.default_rng(0)
    ring = np.exp(2j * np.pi * draw.random(512))
    real, fake = np.stack([ring.real, ring.imag], 1), draw.standard_normal((512, 2)) * 0.7
    fresh = balance.two_sample_auc(real[:256], fake[:256], real[256:], fake[256:])
    weak = balance.auc(real[256:, 0], fake[256:, 0])
    assert weak == pytest.approx(0.5, abs=0.07)
    assert fresh - weak > 0.3


def test_overfitting_of_a_fair_discriminator_and_of_one_that_recites():
    draw = np.random.default_rng(0).standard_normal((3, 2000))
    train, held, fake = draw[0] + 1, draw[1] + 1, draw[2] - 1
    assert balance.overfit_gap(train, held, fake) == pytest.approx(0, abs=0.05)
    assert balance.overfit_gap(train, draw[1] - 1, fake) == pytest.approx(1, abs=0.05)
    assert balance.overfit_gap(draw[0], draw[1], draw[2]) is None
    assert balance.overfit_gap(train, held[:1], fake) is None
    assert balance.overfit_sign([3.0, 1.0, -2.0, 5.0]) == 0.5


def test_steps_are_compared_relative_to_the_weights():
    one, other = torch.ones(100), torch.full((50,), 2.0)
    assert balance.step_balance((one, one * 1.1), (other, other * 1.01)) == pytest.approx(10, rel=1e-4)
    assert np.isnan(balance.step_balance((one, one), (other, other * 2)))


def test_confidence_is_how_far_probabilities_are_from_one_half():
    assert balance.confidence([0.0, 0.0], [0.0]) == 0
    assert balance.confidence([40.0], [-40.0]) == pytest.approx(1)
    assert balance.confidence([np.log(3)], [-np.log(9)]) == pytest.approx((0.5 + 0.8) / 2)
